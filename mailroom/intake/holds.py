"""What holds a piece because of its record, and whether a person may accept it."""

from __future__ import annotations

from collections.abc import Mapping

HOLDS: Mapping[str, tuple[str, bool]] = {
    "no-name": ("there is a name or a company", False),
    "email-as-name": ("the name is no e-mail address", False),
    "placeholder-name": ("the name is not Unknown, Test or Null", True),
    "garbled-name": ("the name has its letters, not those of a wrong encoding", True),
    "odd-name": ("the name has no signs that no name has", True),
    "phone-in-name": ("the name has no telephone number in it", True),
    "url-in-name": ("the name is no web address", True),
    "department": ("the name is a person's, not Billing or Reception", True),
    "last-first": ("the last name stands last, or somebody has said how it is", True),
    "company-as-name": ("the name is a person's, not a company's", True),
    "several-values": ("a cell that is printed has one value", True),
    "bereavement": ("nothing that is printed speaks of a death or a loss", True),
    "insult": ("nothing that is printed is an insult", True),
    "obscenity": ("nothing that is printed is an obscenity", True),
    "remark": ("nothing that is printed is a remark of the office's own", True),
    "stray-remark": ("the name has no word in it that says something about the person", True),
    "template-word": (
        "nothing that is printed is left over from a form letter or a web page",
        True,
    ),
    "no-address": ("there is an address", False),
    "no-street": ("there is a street", False),
    "no-city": ("there is a town", False),
    "odd-city": ("the town has no postcode in it that contradicts the other", True),
    "no-country": ("there is a country", False),
    "unknown-country": ("the country is one we know", False),
    "no-region": ("there is a state, where the country's addresses have one", False),
    "bad-region": ("the state is one of the country's", True),
    "no-postcode": ("there is a postcode, where the country has them", False),
    "bad-postcode": ("the postcode looks like the country's", True),
    "duplicate-id": ("no other record has the same id", True),
    "long-row": ("the row has no more cells than the header", False),
}
"""What a good record is like, and whether a person who knows better may accept it with a reason.
An address must be whole."""
