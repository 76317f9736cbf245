"""Which names need no second look, as nearly all: nothing to mend in them, and nothing to say."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from mailroom import names
from mailroom.intake import people
from mailroom.intake.cells import NOTHING, is_nothing
from mailroom.intake.content import LONGEST_NAME, Content


def telling_words() -> frozenset[str]:
    """The words, in small letters, of which one alone is not plain: "null", "mr", "hotel"."""
    return NOTHING | people.SALUTATIONS | names.firm_words()


def is_plain(text: str) -> bool:
    """Whether a part of a name has nothing that could be mended; it may hide something yet."""
    letters = text.replace("-", "").replace("'", "").replace("’", "").replace(" ", "")
    return (
        letters.isalpha()
        and len(letters) > 1
        and not letters.isupper()
        and not letters.islower()
        and not is_nothing(text)
        and text.casefold() not in people.SALUTATIONS
        and not people.GENERATION.fullmatch(text)
        and not (" " in text and names.salutation_of(text)[0])
        and not people.JOINED.search(text)
        and not people.INITIAL.fullmatch(text)
        and not names.is_company(text)
        and not names.is_company(f"Xy {text}")
    )


class Ordinary:
    """Tells ordinary names; keeps those in mind that it had to look at, since names come again."""

    def __init__(self, content: Content) -> None:
        self._telling = telling_words() | content.telling_words
        self._looks_ordinary = lru_cache(maxsize=1 << 16)(
            lambda text: is_plain(text) and content.is_ordinary(text)
        )

    def is_ordinary(self, values: Mapping[str, str]) -> bool:
        """Whether there is nothing to mend or to say of the name of a row."""
        first, last = values.get("first_name"), values.get("last_name")
        if not first or not last or len(first) + len(last) > LONGEST_NAME:
            return False
        if not (self._is_part(first) and self._is_part(last)):
            return False
        company = values.get("company")
        if company and (company == last or company.startswith(first)):
            return False
        return "suffix" not in values and "full_name" not in values

    def _is_part(self, text: str) -> bool:
        """Whether a part of a name is as it should be; of one word like Anna a set tells."""
        if text.isascii() and text.isalpha() and text.istitle() and len(text) > 1:
            return text.lower() not in self._telling
        return self._looks_ordinary(text)
