"""Lob's words, and what they mean here: one table each for news, errors, and verdicts."""

from __future__ import annotations

from collections.abc import Mapping

from mailroom.model import Status

NEWS: Mapping[str, Status | None] = {
    "created": Status.ACCEPTED,
    "processed": Status.ACCEPTED,  # being rendered
    "rendered": Status.ACCEPTED,
    "rendered_pdf": Status.ACCEPTED,
    "rendered_thumbnails": Status.ACCEPTED,
    "rejected": Status.FAILED,
    "failed": Status.FAILED,
    "deleted": Status.CANCELLED,
    "mailed": Status.MAILED,
    "in_transit": Status.IN_TRANSIT,
    "in_local_area": Status.IN_TRANSIT,
    "processed_for_delivery": Status.IN_TRANSIT,
    "re-routed": Status.IN_TRANSIT,
    "international_exit": Status.IN_TRANSIT,
    "delivered": Status.DELIVERED,
    "returned_to_sender": Status.RETURNED,
    "certified.mailed": Status.MAILED,
    "certified.in_transit": Status.IN_TRANSIT,
    "certified.in_local_area": Status.IN_TRANSIT,
    "certified.processed_for_delivery": Status.IN_TRANSIT,
    "certified.re-routed": Status.IN_TRANSIT,
    "certified.pickup_available": Status.IN_TRANSIT,
    "certified.issue": None,
    "certified.delivered": Status.DELIVERED,
    "certified.returned_to_sender": Status.RETURNED,
    "viewed": None,
    "informed_delivery.email_sent": None,
    "informed_delivery.email_opened": None,
    "informed_delivery.email_clicked_through": None,
    "return_envelope.created": None,  # another piece of paper, on its way back to us
    "return_envelope.in_transit": None,
    "return_envelope.in_local_area": None,
    "return_envelope.processed_for_delivery": None,
    "return_envelope.re-routed": None,
    "return_envelope.returned_to_sender": None,
}
"""What follows `postcard.`, `letter.` or `self_mailer.` in an event's type (Lob, Events)."""

LAST_WORDS = ("processed_for_delivery", "international_exit", "delivered", "returned_to_sender")
"""After these nothing more need come: most mail is not scanned at the door."""

ACCOUNT_CODES = frozenset(
    {
        "invalid_api_key",
        "unauthorized",
        "unauthorized_token",
        "publishable_key_not_allowed",
        "email_required",
        "billing_address_required",
        "payment_method_unverified",
        "feature_limit_reached",
    }
)
"""What is wrong with the account and so with every piece: the run stops."""

_REMEDIES = {
    "address_length_exceeds_limit": "shorten street and unit to 50 characters together",
    "failed_deliverability_strictness": "correct the address; `mailroom verify` tells what is wrong"
    " with it, and Lob's setting of strictness decides what is let through",
    "file_pages_below_min": "the layout has too few pages for this format",
    "file_pages_exceed_max": "the layout has too many pages for this format",
    "file_size_exceeds_limit": "use smaller pictures: a file may have 5 MB",
    "foreign_return_address": "Lob posts in the US: the sender's address must be there",
    "inconsistent_page_dimensions": "prepare it again; if it stays, report it",
    "invalid_country_covid": "Lob sends nothing there at present",
    "invalid_file": "prepare it again; if it stays, report it",
    "invalid_file_dimensions": "the format of the mailing is not what Lob makes of it",
    "invalid_image_dpi": "use pictures of 300 dpi or more",
    "invalid_international_feature": "abroad Lob sends postcards 4x6 and letters, first class only",
    "invalid_perforation_return_envelope": "[options] return_envelope and perforated_page go "
    "together",
    "mail_use_type_can_not_be_null": '[options] use_type = "marketing" or "operational"',
    "not_deletable": "it is too late: it is being made",
    "pdf_encrypted": "prepare it again; if it stays, report it",
    "special_characters_restricted": "take the special characters out of the address",
    "unembedded_fonts": "prepare it again; if it stays, report it",
    "payment_method_unverified": "see to the payment method in Lob's dashboard",
    "billing_address_required": "add a billing address in Lob's dashboard",
    "email_required": "verify the account's e-mail address in Lob's dashboard",
    "publishable_key_not_allowed": "LOB_API_KEY must be a secret key, not a publishable one",
    "invalid_api_key": "copy LOB_API_KEY anew from Lob's dashboard",
}


def remedy(code: str) -> str:
    """What to do about one of Lob's error codes; empty where we know nothing better."""
    return _REMEDIES.get(code, "")


VERDICTS: Mapping[str, tuple[str, str, str]] = {
    "deliverable": ("", "", ""),
    "deliverable_unnecessary_unit": (
        "",
        "the post knows the house, and no flats or suites in it",
        "leave the flat or suite out in the CRM",
    ),
    "deliverable_missing_unit": (
        "missing-unit",
        "the post knows the house; the number of the flat or suite is missing",
        "ask for the number of the flat or suite",
    ),
    "deliverable_incorrect_unit": (
        "incorrect-unit",
        "the post knows the house, but not this flat or suite",
        "ask for the right number of the flat or suite",
    ),
    "deliverable_missing_info": (
        "missing-unit",
        "the post knows the place, but something is missing in the address",
        "ask for the whole address",
    ),
    "undeliverable": (
        "undeliverable",
        "the post does not deliver to this address",
        "ask for the right one",
    ),
    "no_match": ("undeliverable", "the post does not know this address", "ask for the right one"),
}
"""Deliverability -> the rule that holds the piece (empty: it may go), what is wrong, what to do.

The rules are those of `verdicts.HOLDS`; for a word that is not here it is `unverified`."""
