"""The parts of a page that differ from person to person, marked in its template.

A frame is an element with `data-frame`. Two control characters, which neither HTML nor any
value may hold, stand round what is inside: a merged page is cut at them without being parsed.
"""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

OPEN = "\x02"  #: directly after a frame's start tag
CLOSE = "\x03"  #: directly before its end tag

_ATTRIBUTE = re.compile(
    r"""[\s/]*+ ([^\s/>][^\s/>=]*+)
        (?: \s*+ = \s*+ (?: "([^"]*)" | '([^']*)' | ([^\s>"'][^\s>]*+) ) )?+""",
    re.VERBOSE,
)
_ATTRIBUTES = _ATTRIBUTE.pattern.replace("([", "(?:[")  # the same without its groups
_ANY_TAG = rf"<(?P<slash>/?+)(?P<name>[a-zA-Z][^\s/>]*+)(?P<attributes>(?:{_ATTRIBUTES})*+)[\s/]*+>"
_TAG = re.compile(
    rf"""<!--.*?(?:-->|\Z)
      | <(script|style|textarea|title)(?=[\s/>]).*?(?:</\1\s*>|\Z)
      | {_ANY_TAG}""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)  # HTML, 13.2.5: the states of the tokenizer that a template can bring about
_CODED = re.compile(
    rf"(?P<start>{_ANY_TAG}){OPEN}(?P<content>[^{OPEN}{CLOSE}]*+){CLOSE}", re.VERBOSE
)
#: Whatever the layout says of its own pictures.
_AS_IT_IS = (
    "display:block;position:static;float:none;margin:0;padding:0;border:0;"
    "min-width:0;min-height:0;max-width:none;max-height:none;opacity:1;transform:none;"
    "object-fit:contain;"
)
_MARKUP = re.compile(r"<[^>]*>")
_FIT = re.compile(r"block|shrink +(?!0*\.?0*(?:pt)?\Z)\d+(?:\.\d+)?(?:pt)?")


class Split(NamedTuple):
    """A merged page: what it has in common with others, and what it has not."""

    static: str  #: the page with nothing in its frames, and without marks
    contents: tuple[str, ...]  #: inner HTML of each frame, in the order of the page


class Code(NamedTuple):
    """What a frame with `data-code` is to show."""

    kind: str  #: a key of `codes.KINDS`
    level: str  #: of error correction
    payload: str


def split(page: str) -> Split | None:
    """Cut a merged page at its marks; None where they do not come in pairs."""
    first, *rest = page.split(OPEN)
    if CLOSE in first:
        return None
    static, contents = [first], []
    for part in rest:
        content, close, after = part.partition(CLOSE)
        if not close or CLOSE in after:
            return None
        contents.append(content)
        static.append(after)
    return Split("".join(static), tuple(contents))


def filled(page: str, contents: Sequence[str]) -> str:
    """The page with these contents in its frames instead of its own."""
    first, *rest = page.split(OPEN)
    return first + "".join(
        f"{OPEN}{content}{CLOSE}{part.partition(CLOSE)[2]}"
        for content, part in zip(contents, rest, strict=True)
    )


def plain(page: str) -> str:
    """The page as it is laid out: codes drawn, no marks."""
    if "data-code" in page:
        page = _CODED.sub(_drawn, page)
    return page.replace(OPEN, "").replace(CLOSE, "")


def text(page: str) -> str:
    """What the page says in letters; values are escaped, so every `<` opens a tag."""
    if "data-code" in page:
        page = _CODED.sub(lambda found: found["start"] if _code(found) else found[0], page)
    page = page.replace(OPEN, "").replace(CLOSE, "")
    return html.unescape(_MARKUP.sub(" ", page))


def payload(content: str) -> str:
    """What a code says whose frame has this inner HTML."""
    return html.unescape(_MARKUP.sub("", content)).strip()


def codes_in(page: str) -> Iterator[Code]:
    """The codes of a merged page; one that says nothing is not drawn and not among them."""
    if "data-code" in page:
        for found in _CODED.finditer(page):
            code = _code(found)
            if code and code.payload:
                yield code


def _code(found: re.Match[str]) -> Code | None:
    attributes = _attributes(found["attributes"])
    if "data-code" not in attributes:
        return None
    kind, level = attributes["data-code"], attributes.get("data-level") or "M"
    return Code(kind.strip(), level, payload(found["content"]))


def _drawn(found: re.Match[str]) -> str:
    code = _code(found)
    return found["start"] + _picture(code) if code else found[0]


def _picture(code: Code) -> str:
    """Fitted into its frame; marks of the posts have their one size, and say so in `data-size`."""
    from mailroom import codes  # a layout without codes has no use for their tables

    if not code.payload:
        return ""
    try:
        drawing = codes.svg(code.kind, code.payload, code.level)
        width, height, scalable = codes.size(code.kind, code.payload, code.level)
    except codes.CodeError:  # preflight holds its piece
        return ""
    box, own = "width:100%;height:100%", ""
    if not scalable:
        box = f"width:{width:.4f}pt;height:{height:.4f}pt;max-width:100%;max-height:100%"
        own = f' data-size="{width:.4f} {height:.4f}"'
    data = base64.b64encode(drawing.encode()).decode()
    return f'<img alt=""{own} src="data:image/svg+xml;base64,{data}" style="{_AS_IT_IS}{box}">'


def with_style(page: str, frame: int, css: str) -> str:
    """The page with `css` added to the style attribute of its frame of that number, from 0.

    `page` is a merged page or the static part of one. IndexError where there is no such frame.
    """
    tag = _starts(page)[frame]
    own = next((a for a in _ATTRIBUTE.finditer(*_span(tag)) if a[1].lower() == "style"), None)
    before = _value(own).replace('"', "&quot;") if own else ""
    at, end = own.span() if own else (tag.end("name"), tag.end("name"))
    return f'{page[:at]} style="{before}{";" if before else ""}{html.escape(css)}"{page[end:]}'


def _span(tag: re.Match[str]) -> tuple[str, int, int]:
    return (tag.string, *tag.span("attributes"))


def _starts(page: str) -> list[re.Match[str]]:
    """The start tags of the frames; in a static page they are those with nothing inside."""
    tags = [tag for tag in _TAG.finditer(page) if tag["name"] and not tag["slash"]]
    if OPEN in page:
        return [tag for tag in tags if page.startswith(OPEN, tag.end())]
    return [
        tag
        for tag in tags
        if page.startswith("</", tag.end()) and "data-frame" in _attributes(tag["attributes"])
    ]


def _attributes(source: str) -> Mapping[str, str]:
    found = reversed(list(_ATTRIBUTE.finditer(source)))  # of two with one name the first counts
    return {each[1].lower(): html.unescape(_value(each)) for each in found}


def _value(attribute: re.Match[str]) -> str:
    return attribute[2] or attribute[3] or attribute[4] or ""


# --- templates: HTML with Jinja in it -------------------------------------------------------


def mark(source: str) -> str:
    """The template with a mark at the beginning and at the end of every frame's content.

    Of frames in frames the outermost are marked. One whose start or end depends on a
    condition in any other way than as a whole is left as it is: its content is then part of
    the static page. The lines keep their numbers.
    """
    source = source.replace(OPEN, "").replace(CLOSE, "")
    pieces, at = [], 0
    for _, start, end in _frames(source):
        pieces += [source[at:start], OPEN, source[start:end], CLOSE]
        at = end
    return "".join((*pieces, source[at:]))


def stray_codes(source: str) -> Iterator[int]:
    """The lines on which a template asks for a code in what is not, or not always, a frame."""
    framed = {tag.at for tag, _, _ in _frames(source)}
    masked, _ = _masked(source)
    for tag in _tags(masked):
        if "data-code" in tag.attributes and tag.at not in framed:
            yield source.count("\n", 0, tag.at) + 1


def misspelt(source: str) -> Iterator[tuple[int, str, str]]:
    """Attributes that say nothing the press knows: line, what is wrong, what to write.

    What Jinja writes into an attribute is only known when the page is filled in.
    """
    masked, _ = _masked(source)
    for tag in _TAG.finditer(masked):
        if tag["name"] and not tag["slash"] and "data-" in tag["attributes"]:
            line = masked.count("\n", 0, tag.start()) + 1
            for name, value in _attributes(tag["attributes"]).items():
                wrong = "" if "\0" in value else _misspelt(name, value)
                if wrong:
                    yield line, f'{name}="{value}" says nothing', wrong


def _misspelt(name: str, value: str) -> str:
    """What to write instead; empty where it is right."""
    if name == "data-frame" and not value.strip():
        return 'give the frame a name: data-frame="message"'
    if name == "data-fit" and not _FIT.fullmatch(value):
        return 'write data-fit="block", or data-fit="shrink 9pt" with the smallest size allowed'
    if name == "data-code" and value.strip() not in _kinds():
        return f"a code is one of {', '.join(_kinds())}"
    if name == "data-level" and value not in tuple("LMQH"):
        return "a QR code's level is one of L, M, Q, H"
    return ""


def _kinds() -> Iterable[str]:
    from mailroom import codes  # a layout without codes has no use for their tables

    return codes.KINDS


class _Tag(NamedTuple):
    at: int
    end: int
    name: str
    attributes: Mapping[str, int]  #: where they stand
    closes: bool


class _Block(NamedTuple):
    """A `{% %}` that opens, parts or closes a block."""

    at: int
    word: str  #: "open", "part", "close"


def _frames(source: str) -> Iterator[tuple[_Tag, int, int]]:
    """Every frame's start tag, and where its content begins and ends."""
    masked, blocks = _masked(source)
    steps: Sequence[_Tag | _Block] = sorted((*_tags(masked), *blocks), key=lambda step: step.at)
    done = 0
    for number, step in enumerate(steps):
        if isinstance(step, _Tag) and step.at >= done and _is_frame(step, blocks):
            end = _end_of(step, steps[number + 1 :])
            if end is not None:
                yield step, step.end, end
                done = end


def _is_frame(tag: _Tag, blocks: Sequence[_Block]) -> bool:
    """Does it start a frame, whatever the conditions inside the tag come to?"""
    if tag.closes or "data-frame" not in tag.attributes or "\0" in tag.name:
        return False
    inside = [block for block in blocks if tag.at < block.at < tag.end]
    before = [block for block in inside if block.at < tag.attributes["data-frame"]]
    return _is_whole(inside) and _is_whole(before)


def _is_whole(blocks: Iterable[_Block]) -> bool:
    """Is each block closed that is opened here, and none that is not?"""
    depth = 0
    for block in blocks:
        depth += {"open": 1, "close": -1}.get(block.word, 0)
        if depth < (block.word == "part"):
            return False
    return not depth


def _end_of(tag: _Tag, steps: Sequence[_Tag | _Block]) -> int | None:
    """Where the end tag of `tag` stands; None unless it is the same on every branch."""
    depth, outer = 1, list[int]()
    for step in steps:
        if isinstance(step, _Tag):
            if step.name == tag.name:
                depth += -1 if step.closes else 1
            if not depth:
                return None if outer else step.at
        elif step.at < tag.end:
            continue
        elif step.word == "open":
            outer.append(depth)
        elif not outer or outer[-1] != depth:
            return None
        elif step.word == "close":
            outer.pop()
    return None


def _tags(masked: str) -> Iterator[_Tag]:
    for found in _TAG.finditer(masked):
        if found["name"]:
            at, end = found.span("attributes")
            attributes = {
                each[1].lower(): each.start(1) for each in _ATTRIBUTE.finditer(masked, at, end)
            }
            name, closes = found["name"].lower(), bool(found["slash"])
            yield _Tag(found.start(), found.end(), name, attributes, closes)


_JINJA = re.compile(r"\{[{%#]")
_STEP = re.compile(r""""(?:[^"\\]|\\.)*+"|'(?:[^'\\]|\\.)*+'|%\}|[({\[)}\]]""", re.DOTALL)
_WORD = re.compile(r"\{%[-+]?\s*(\w+)\s*")
_END_RAW = re.compile(r"\{%[-+]?\s*endraw\s*[-+]?%\}")
_OPENING = {"if", "for", "macro", "call", "filter", "with", "block", "autoescape"}


def _masked(source: str) -> tuple[str, list[_Block]]:
    """The source with every character of Jinja in it replaced by NUL; the blocks in it.

    What begins and does not end is refused by Jinja: it counts as Jinja to the end.
    """
    pieces, blocks, at = list[str](), list[_Block](), 0
    while found := _JINJA.search(source, at):
        end = _end_of_jinja(source, found.start())
        pieces += [source[at : found.start()], "\0" * (end - found.start())]
        at, tag = end, source[found.start() : end]
        word = _WORD.match(tag)
        if word and word[1] == "raw" and (raw := _END_RAW.search(source, at)):
            pieces += [source[at : raw.start()], "\0" * (raw.end() - raw.start())]
            at = raw.end()
        elif word and (kind := _kind(word[1], tag)):
            blocks.append(_Block(found.start(), kind))
    return "".join((*pieces, source[at:])), blocks


def _kind(word: str, tag: str) -> str:
    if word in _OPENING or (word == "set" and "=" not in tag):
        return "open"
    if word in ("else", "elif"):
        return "part"
    return "close" if word.startswith("end") else ""


def _end_of_jinja(source: str, at: int) -> int:
    """Where the Jinja that begins at `at` ends, as its own lexer sees it."""
    if source[at + 1] == "#":
        return source.find("#}", at + 2) + 2 if "#}" in source[at + 2 :] else len(source)
    close, depth = ("}}" if source[at + 1] == "{" else "%}"), 0
    for found in _STEP.finditer(source, at + 2):
        if not depth and source.startswith(close, found.start()):
            return found.start() + 2
        if found[0] in "({[":
            depth += 1
        elif found[0][0] not in "\"'":
            depth -= 1
    return len(source)
