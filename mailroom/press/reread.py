"""What a stamped content stream really draws, decoded from its bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping

Letters = Mapping[str, Mapping[int, str]]
_OP = re.compile(rb"/(F[0-9a-f]{8}) [\d.]+ Tf|<([0-9a-f]*)>|(Td|Tm)\n")


def _walk(content):
    font = ""
    for m in _OP.finditer(content):
        if m[1]:
            font = m[1].decode()
        elif m[2] is not None:
            for i in range(0, len(m[2]), 4):
                yield font, int(m[2][i : i + 4], 16)
        else:
            yield "", -1


def text_of(content: bytes, letters: Letters) -> str:
    return "".join("\n" if n < 0 else letters[f].get(n, "") for f, n in _walk(content))


def glyphs_in(contents):
    out = {}
    for c in contents:
        for f, n in _walk(c):
            if n >= 0:
                out.setdefault(f, set()).add(n)
    return out
