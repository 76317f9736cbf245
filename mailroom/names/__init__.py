"""A text -> the people it names, in parts; what is no person; names in mixed case.

The words are data (`names.toml`). Nothing is guessed: where a text may be read in two ways,
nobody is returned and the text stays as it is. No list of first names is asked whether somebody
is a man or a woman.
"""

from mailroom.names.case import smart_case
from mailroom.names.firms import firm_words, is_company
from mailroom.names.people import is_family, read_name

__all__ = ["firm_words", "is_company", "is_family", "read_name", "smart_case"]
