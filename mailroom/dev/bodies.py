"""Request bodies -> nested fields: multipart, form and JSON, as Lob takes them.

`to[name]=Ann` is `{"to": {"name": "Ann"}}`; a file part is `bytes`, everything else text
(in JSON: whatever it is).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

Fields = dict[str, Any]

_NESTED = re.compile(r"([^\[\]]+)\[([^\[\]]*)\]")
_PARAMETER = re.compile(r'[;\s]([a-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))', re.IGNORECASE)


def read_body(content_type: str, body: bytes) -> Fields:
    """The fields of a request; ValueError where the body is not what its type says."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return nest(_parts(content_type, body))
    if kind == "application/x-www-form-urlencoded":
        return nest(parse_qsl(body.decode(), keep_blank_values=True))
    if not body:
        return {}
    fields = json.loads(body)
    if not isinstance(fields, dict):
        raise ValueError("the body is no object")
    return fields


def nest(pairs: Iterable[tuple[str, str | bytes]]) -> Fields:
    """`to[name]` becomes one level down; `include[]` and a name that comes again a list."""
    fields: Fields = {}
    for name, value in pairs:
        match = _NESTED.fullmatch(name)
        if match and match[2]:
            below = fields.setdefault(match[1], {})
            if not isinstance(below, dict):
                raise ValueError(f"{match[1]} is given twice")
            below[match[2]] = value
        elif match:
            fields.setdefault(match[1], []).append(value)
        elif name in fields:
            before = fields[name]
            fields[name] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            fields[name] = value
    return fields


def _parts(content_type: str, body: bytes) -> Iterable[tuple[str, str | bytes]]:
    """RFC 7578: the parts between the boundaries; what has a filename is a file."""
    boundary = _parameters(content_type).get("boundary")
    if not boundary:
        raise ValueError("multipart without a boundary")
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary.encode())
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        raise ValueError("the multipart body breaks off")
    for piece in pieces[1:-1]:
        head, gap, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if not gap:
            raise ValueError("a part without a heading")
        parameters = _parameters(_disposition(head.decode()))
        name = parameters.get("name")
        if name is None:
            raise ValueError("a part without a name")
        yield name, content if "filename" in parameters else content.decode()


def _disposition(head: str) -> str:
    for line in head.split("\r\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() == "content-disposition":
            return value
    return ""


def _parameters(value: str) -> Mapping[str, str]:
    found = _PARAMETER.findall(value)
    return {name.lower(): quoted or bare for name, quoted, bare in found}
