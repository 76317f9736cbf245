"""Names in capitals, or all in small letters, as they are written in a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mailroom.names.firms import has_legal_form, is_company
from mailroom.names.words import VOWEL, folded, is_initial, lists, spellings


def smart_case(text: str, language: str = "") -> str:
    """A name in capitals, or all in small letters, as it is written in a sentence.

    Mixed case is never touched. Acronyms of firms stay ("IBM", "BMW AG"). A capital I is a
    dotless small one only where `language` is Turkish or Azerbaijani.
    """
    letters = [c for c in text if c.isalpha() and c != "ß"]
    is_upper = all(not c.islower() for c in letters)
    if not letters or not (is_upper or all(not c.isupper() for c in letters)):
        return text
    if not any(c.lower() != c.upper() for c in letters):
        return text
    tokens = re.split(r"([\s,]+)", text)
    plain = [token for token in tokens[::2] if token]
    is_firm = has_legal_form(plain, True) or is_company(text)
    cased, before = [], ""
    for place, token in enumerate(tokens):
        if place % 2 or not token:
            cased.append(token)
            continue
        is_last = not any(tokens[place + 2 :: 2])
        cased.append(_case_word(token, before, language, is_firm, is_upper, is_last))
        before = folded(token)
    return "".join(cased)


def _case_word(
    token: str, before: str, language: str, is_firm: bool, is_upper: bool, is_last: bool
) -> str:
    """One word of a name; `before` is the key of the word in front of it."""
    words, key = lists(), folded(token)
    upper = token.upper() if "ß" not in token else token
    core = upper.strip(".,()")
    if core in spellings() and (len(core) > 2 or (is_firm and is_last)) and before:
        return token.replace(token.strip(".,()"), spellings()[core])
    if key == "y" and "." not in token and before and not is_last:
        return token.lower()  # Ortega y Gasset
    if is_upper and (_stays(core, key, is_firm) or is_initial(token)):
        return token
    if key in {"ii", "iii", "iv"} and before:
        return upper
    if core in words["mac_upper"]:
        return token.replace(token.strip(".,()"), spellings()[core])
    if not is_last and (
        key in words["small"] or (key in words["small_after"] and before in words["small"])
    ):
        return _lower(token, language)
    parts = re.split(r"([-‐'’ʼ‘/.&])", token)
    return "".join(_case_part(parts, i, before, language) for i in range(len(parts)))


def _stays(core: str, key: str, is_firm: bool) -> bool:
    """Letters that are spoken one by one."""
    words = lists()
    if core in words["acronyms"] or "&" in core[1:-1]:
        return True
    if key in words["no_vowel_names"] or not core.isalpha() or not core.isascii():
        return False
    if is_firm and len(core) < 4 and core not in spellings() and key not in words["firm_words"]:
        return key not in words["joins"] and key not in words["small"]
    known = core in words["degrees_upper"]
    return not VOWEL.search(core) and not known and 1 < len(core) < 6


def _case_part(parts: Sequence[str], place: int, before: str, language: str) -> str:
    part = parts[place]
    if not part or place % 2:
        return part
    sign = parts[place - 1] if place else ""
    behind = parts[place + 1] if place + 1 < len(parts) else ""
    low = _lower(part, language)
    if part.startswith("İ"):
        return "İ" + low[1:]
    if sign in {"'", "’", "ʼ", "‘"} and len(part) < 2:
        return low  # Mary's, ’t Hooft
    if behind in {"-", "‐"} and low in {"al", "el", "ad", "ar", "as", "ash", "an"} and before:
        return low
    if sign in {"-", "‐"} and low in {
        "de",
        "du",
        "des",
        "la",
        "le",
        "sur",
        "en",
        "von",
        "van",
        "der",
    }:
        return low if behind else _title(low, language)
    if low.startswith("mc") and len(low) > 3:
        return "Mc" + _title(low[2:], language)
    if low.startswith("ij"):
        return "IJ" + low[2:]
    return _title(low, language)


def _lower(text: str, language: str) -> str:
    text = text.replace("İ", "i")
    if language in {"tr", "az"}:
        text = text.replace("I", "ı")
    return text.lower()


def _title(low: str, language: str) -> str:
    if language in {"tr", "az"} and low.startswith("i"):
        return "İ" + low[1:]
    return low[:1].title() + low[1:]
