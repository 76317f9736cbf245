"""What the rules of an OpenType font say of the space, and of one script after another.

Words can be set one by one only where no rule looks across a space, but for kerning with the
space itself. That is read from GSUB and GPOS once for a font and the features in use.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise, product
from typing import Any, NamedTuple

import uharfbuzz as hb

ALWAYS = frozenset(  # that HarfBuzz applies to horizontal text unless it is told not to
    [
        "abvm",
        "blwm",
        "calt",
        "ccmp",
        "clig",
        "curs",
        "dist",
        "kern",
        "liga",
        "locl",
        "ltra",
        "ltrm",
        "mark",
        "mkmk",
        "rand",
        "rclt",
        "rlig",
        "rvrn",
        "",  # what a language system requires, under whatever name
    ]
)
_IGNORES_LETTERS = 0x0002 | 0x0004  # lookup flags: base glyphs, ligatures
_ATTACHES = (4, 5, 6)  # GPOS: marks to what stands before them
_NONE = 0xFFFF  # no required feature
_MARK = 3  # GDEF: glyph class

System = Mapping[tuple[str, str], tuple[int, ...]]
"""(table, feature) -> its lookups: what a font does in one script and language."""


class Loose(NamedTuple):
    """Letters that look as they do whatever stands beside them, but for pair kerning."""

    chars: frozenset[str]
    joined: frozenset[tuple[str, str]]  #: not where one of these stands before the other


class Rules:
    """GSUB and GPOS of a font."""

    def __init__(self, font: Any) -> None:
        self._tables = {tag: font[tag].table for tag in ("GSUB", "GPOS") if tag in font}
        self._old = any(tag in font for tag in ("kern", "morx", "mort", "kerx"))
        self._names: Mapping[int, str] = font.getBestCmap()
        self._space = self._names.get(0x20)
        self._varies = any(getattr(t, "FeatureVariations", None) for t in self._tables.values())
        classes = font["GDEF"].table.GlyphClassDef if "GDEF" in font else None
        self._classes: Mapping[str, int] = classes.classDefs if classes else {}

    def system(self, script: str, language: str) -> System:
        """The features of an OpenType script, `DFLT` where it has no rules of its own."""
        found: dict[tuple[str, str], tuple[int, ...]] = {}
        for tag, table in self._tables.items():
            if not table.ScriptList or not table.FeatureList:
                continue
            scripts = {r.ScriptTag: r.Script for r in table.ScriptList.ScriptRecord}
            chosen = scripts.get(script) or scripts.get("DFLT") or scripts.get("latn")
            system = _language_system(chosen, language) if chosen else None
            if system is None:
                continue
            records = table.FeatureList.FeatureRecord
            for index in system.FeatureIndex:
                key = tag, records[index].FeatureTag
                found[key] = (*found.get(key, ()), *records[index].Feature.LookupListIndex)
            if system.ReqFeatureIndex != _NONE:
                required = records[system.ReqFeatureIndex].Feature.LookupListIndex
                found[tag, ""] = tuple(required)
        return found

    def reach_over_spaces(self, system: System, features: Collection[str]) -> bool:
        """Whether a word may look different for what stands beyond the space beside it."""
        if self._space is None:
            return True
        if self._old and ("GPOS", "kern") not in system:
            return True
        for tag, kind, flag, subtable in self._in_use(system, features):
            if kind == 1 or (tag == "GSUB" and kind in (2, 3)):
                continue
            if tag == "GPOS" and kind in _ATTACHES:
                continue
            if flag & _IGNORES_LETTERS or _looks_at(tag, kind, subtable, self._space):
                return True
        return False

    def _in_use(
        self, system: System, features: Collection[str]
    ) -> Iterator[tuple[str, int, int, Any]]:
        """Table, type, flags and subtable of what is applied."""
        applied = (
            (tag, self._tables[tag].LookupList.Lookup[index])
            for (tag, feature), lookups in system.items()
            if feature in ALWAYS or feature in features
            for index in lookups
        )
        for tag, lookup in applied:
            for subtable in lookup.SubTable:
                if lookup.LookupType == (7 if tag == "GSUB" else 9):  # it only leads elsewhere
                    kind, there = subtable.ExtensionLookupType, subtable.ExtSubTable
                else:
                    kind, there = lookup.LookupType, subtable
                yield tag, kind, lookup.LookupFlag, there

    def loose(self, system: System, features: Collection[str], chars: Iterable[str]) -> Loose:
        """Which of these characters are set one by one, where no rule reaches over spaces."""
        if self._old or self._varies:
            return Loose(frozenset(), frozenset())
        rules = [(tag, kind, table) for tag, kind, _, table in self._in_use(system, features)]
        forms = self._forms(rules, chars)
        bound = {name for name, kind in self._classes.items() if kind == _MARK}
        for tag, kind, table in rules:
            bound.update(_bound(tag, kind, table))
        by_name: dict[str, list[str]] = {}
        for char, names in forms.items():
            if bound.isdisjoint(names):
                for name in names:
                    by_name.setdefault(name, []).append(char)
        stuck, joined = set[str](), set[tuple[str, str]]()
        for tag, kind, table in rules:
            if kind in ((4, 5, 6, 8) if tag == "GSUB" else (7, 8)):
                for sequence in _sequences(tag, kind, table, by_name):
                    places = [
                        set(chain.from_iterable(by_name.get(name, ()) for name in names))
                        for names in sequence
                    ]
                    if not all(places):
                        continue
                    if len(places) == 1:
                        stuck |= places[0]
                    else:
                        joined.update(product(*min(pairwise(places), key=_how_many)))
        return Loose(frozenset(chain(*by_name.values())) - stuck, frozenset(joined))

    def _forms(
        self, rules: Iterable[tuple[str, int, Any]], chars: Iterable[str]
    ) -> dict[str, set[str]]:
        """The glyphs that each character may be: its own, and what is put in for that one."""
        others: dict[str, list[str]] = {}
        for tag, kind, table in rules:
            if tag == "GSUB" and kind == 1:
                for name, other in table.mapping.items():
                    others.setdefault(name, []).append(other)
            elif tag == "GSUB" and kind == 3:
                for name, more in table.alternates.items():
                    others.setdefault(name, []).extend(more)
        found: dict[str, set[str]] = {}
        for char in chars:
            if ord(char) in self._names:
                names, left = set[str](), [self._names[ord(char)]]
                while left:
                    name = left.pop()
                    if name not in names:
                        names.add(name)
                        left += others.get(name, ())
                found[char] = names
        return found


def _language_system(script: Any, language: str) -> Any:
    primary = language.partition("-")[0]
    for record in script.LangSysRecord:
        if hb.ot_tag_to_language(str(record.LangSysTag)).partition("-")[0] == primary:
            return record.LangSys
    return script.DefaultLangSys


def _how_many(two: tuple[Collection[str], Collection[str]]) -> int:
    return len(two[0]) * len(two[1])


def _bound(tag: str, kind: int, subtable: Any) -> Collection[str]:
    """The glyphs that a rule makes several of, or attaches to others."""
    found: Collection[str] = ()
    if tag == "GSUB":
        found = subtable.mapping if kind == 2 else ()
    elif kind == 3:
        found = subtable.Coverage.glyphs
    elif kind in (4, 5):
        found = subtable.MarkCoverage.glyphs
    elif kind == 6:
        found = subtable.Mark1Coverage.glyphs
    return found


def _looks_at(tag: str, kind: int, subtable: Any, space: str) -> bool:
    """Whether a rule of several glyphs can have the space among them."""
    if tag == "GPOS" and kind == 2:  # kerning that moves what follows the space, too
        return bool(subtable.ValueFormat2)
    if tag == "GPOS" and kind == 3:
        return space in subtable.Coverage.glyphs
    if kind not in (4, 5, 6, 7, 8):
        return True
    return any(
        space in glyphs
        for sequence in _sequences(tag, kind, subtable, (space,))
        for glyphs in sequence
    )


def _sequences(
    tag: str, kind: int, subtable: Any, known: Iterable[str]
) -> Iterator[Sequence[Collection[str]]]:
    """For each rule of several glyphs: what may stand at each of its places, in order.

    `known`: the glyphs that are asked about; of classes (format 2) only these are told.
    """
    if getattr(subtable, "Format", 1) > 3:  # for more than 65,535 glyphs: not read here
        yield [list(known)]
    elif kind == 4:
        for first, ligatures in subtable.ligatures.items():
            for ligature in ligatures:
                yield [[first], *([name] for name in ligature.Component)]
    elif (tag == "GSUB" and kind == 8) or subtable.Format == 3:
        yield [coverage.glyphs for coverage in _coverages(subtable)]
    else:
        yield from _contexts(subtable, known)


def _coverages(subtable: Any) -> list[Any]:
    """Format 3 of a (chained) context, and GSUB 8."""
    own = getattr(subtable, "InputCoverage", None) or subtable.Coverage
    return [
        *reversed(getattr(subtable, "BacktrackCoverage", None) or ()),
        *(own if isinstance(own, list) else [own]),
        *(getattr(subtable, "LookAheadCoverage", None) or ()),
    ]


def _contexts(subtable: Any, known: Iterable[str]) -> Iterator[Sequence[Collection[str]]]:
    """Formats 1 and 2 of a (chained) context: their rules have glyphs, or classes of glyphs."""
    first = subtable.Coverage.glyphs
    own = getattr(subtable, "InputClassDef", None) or getattr(subtable, "ClassDef", None)

    def of(values: Any, definition: Any) -> list[Collection[str]]:
        if subtable.Format == 1:
            return [[value] for value in values or ()]
        classes = definition.classDefs if definition else {}
        return [[name for name in known if classes.get(name, 0) == each] for each in values or ()]

    for number, rules in _rule_sets(subtable):
        for rule in rules:
            (begin,) = of([first[number] if subtable.Format == 1 else number], own)
            yield [
                *reversed(of(getattr(rule, "Backtrack", None), _class(subtable, "Backtrack"))),
                begin if subtable.Format == 1 else set(begin).intersection(first),
                *of(getattr(rule, "Input", None) or getattr(rule, "Class", None), own),
                *of(getattr(rule, "LookAhead", None), _class(subtable, "LookAhead")),
            ]


def _class(subtable: Any, name: str) -> Any:
    return getattr(subtable, f"{name}ClassDef", None)


def _rule_sets(subtable: Any) -> Iterator[tuple[int, Sequence[Any]]]:
    """The rules of a context by the number of their first glyph, or of its class."""
    for kind in ("SubRule", "SubClass", "ChainSubRule", "ChainSubClass", "PosRule", "PosClass",
                 "ChainPosRule", "ChainPosClass"):  # fmt: skip
        for number, rules in enumerate(getattr(subtable, f"{kind}Set", None) or ()):
            for name in (kind, f"{kind}Rule"):
                yield number, (getattr(rules, name, None) or ()) if rules else ()
