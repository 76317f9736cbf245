"""A text -> the people it names, in parts; what is no person; names in mixed case.

The words are data (`names.toml`). Nothing is guessed: where a text may be read in two ways,
nobody is returned and the text stays as it is. The list of first names is asked which of two names
stands first, never whether somebody is a man or a woman.
"""

from mailroom.names.case import smart_case
from mailroom.names.firms import firm_words, is_company
from mailroom.names.people import at_firm, is_family, read_name, says_no_person
from mailroom.names.turned import FIRST, LAST, is_first_name, stands_first, turned_round
from mailroom.names.words import salutation_of

__all__ = [
    "FIRST",
    "LAST",
    "at_firm",
    "firm_words",
    "is_company",
    "is_family",
    "is_first_name",
    "read_name",
    "salutation_of",
    "says_no_person",
    "smart_case",
    "stands_first",
    "turned_round",
]
