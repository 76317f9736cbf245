"""What the rules of an OpenType font say of the space, and of one script after another.

Words can be set one by one only where no rule looks across a space, but for kerning with the
space itself. That is read from GSUB and GPOS once for a font and the features in use.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

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
        "mark",
        "mkmk",
        "rclt",
        "rlig",
        "rvrn",
    ]
)
_IGNORES_LETTERS = 0x0002 | 0x0004  # lookup flags: base glyphs, ligatures
_ATTACHES = (4, 5, 6)  # GPOS: marks to what stands before them

System = Mapping[tuple[str, str], tuple[int, ...]]
"""(table, feature) -> its lookups: what a font does in one script and language."""


class Rules:
    """GSUB and GPOS of a font."""

    def __init__(self, font: Any) -> None:
        self._tables = {tag: font[tag].table for tag in ("GSUB", "GPOS") if tag in font}
        self._old = any(tag in font for tag in ("kern", "morx", "mort", "kerx"))
        self._space = font.getBestCmap().get(0x20)

    def system(self, script: str, language: str) -> System:
        """The features of an OpenType script, `DFLT` where it has no rules of its own."""
        found: dict[tuple[str, str], tuple[int, ...]] = {}
        for tag, table in self._tables.items():
            if not table.ScriptList or not table.FeatureList:
                continue
            records = {r.ScriptTag: r.Script for r in table.ScriptList.ScriptRecord}
            chosen = records.get(script) or records.get("DFLT") or records.get("latn")
            system = _language_system(chosen, language) if chosen else None
            for index in system.FeatureIndex if system else ():
                record = table.FeatureList.FeatureRecord[index]
                key = tag, record.FeatureTag
                found[key] = (*found.get(key, ()), *record.Feature.LookupListIndex)
        return found

    def reach_over_spaces(self, system: System, features: Collection[str]) -> bool:
        """Whether a word may look different for what stands beyond the space beside it."""
        if self._space is None:
            return True
        if self._old and ("GPOS", "kern") not in system:
            return True
        for (tag, feature), lookups in system.items():
            if feature in ALWAYS or feature in features:
                table = self._tables[tag]
                for index in lookups:
                    if self._reaches(tag, table.LookupList.Lookup[index]):
                        return True
        return False

    def _reaches(self, tag: str, lookup: Any) -> bool:
        for subtable in lookup.SubTable:
            kind = lookup.LookupType
            if kind == (7 if tag == "GSUB" else 9):
                kind, subtable = subtable.ExtensionLookupType, subtable.ExtSubTable
            if tag == "GPOS" and kind in _ATTACHES:
                continue
            alone = kind == 1 or (tag == "GSUB" and kind in (2, 3))
            if not alone and lookup.LookupFlag & _IGNORES_LETTERS:
                return True
            if not alone and _looks_at(tag, kind, subtable, self._space):
                return True
        return False


def _language_system(script: Any, language: str) -> Any:
    primary = language.partition("-")[0]
    for record in script.LangSysRecord:
        if hb.ot_tag_to_language(str(record.LangSysTag)).partition("-")[0] == primary:
            return record.LangSys
    return script.DefaultLangSys


def _looks_at(tag: str, kind: int, subtable: Any, space: str) -> bool:
    """Whether a rule of several glyphs can have the space among them."""
    if tag == "GPOS" and kind == 2:  # kerning that moves what follows the space, too
        return bool(subtable.ValueFormat2)
    if tag == "GPOS" and kind == 3:
        return space in subtable.Coverage.glyphs
    if tag == "GSUB" and kind == 4:
        return any(
            first == space or space in ligature.Component
            for first, ligatures in subtable.ligatures.items()
            for ligature in ligatures
        )
    if kind not in (5, 6, 7, 8):
        return True
    if kind == 8 and tag == "GSUB":
        tables = [*subtable.BacktrackCoverage, *subtable.LookAheadCoverage]
        return any(space in coverage.glyphs for coverage in tables)
    if subtable.Format == 3:
        return any(space in coverage.glyphs for coverage in _coverages(subtable))
    if subtable.Format == 2:
        return _class_rules_look_at(subtable, space)
    return any(space in glyphs for glyphs in _sequences(subtable))


def _coverages(subtable: Any) -> Iterator[Any]:
    for name in ("Coverage", "BacktrackCoverage", "InputCoverage", "LookAheadCoverage"):
        value = getattr(subtable, name, None)
        if value is not None:
            yield from value if isinstance(value, list) else [value]


def _class_rules_look_at(subtable: Any, space: str) -> bool:
    """Format 2: the class of the space (0 where it is in none) is in a rule."""
    definitions = {
        "Backtrack": getattr(subtable, "BacktrackClassDef", None),
        "Input": getattr(subtable, "InputClassDef", None) or getattr(subtable, "ClassDef", None),
        "LookAhead": getattr(subtable, "LookAheadClassDef", None),
        "Class": getattr(subtable, "ClassDef", None),
    }
    classes = {
        name: definition.classDefs.get(space, 0) if definition else 0
        for name, definition in definitions.items()
    }
    if space in subtable.Coverage.glyphs:
        return True
    for rule in _rules(subtable):
        for name, own in classes.items():
            if own in (getattr(rule, name, None) or ()):
                return True
    return False


def _sequences(subtable: Any) -> Iterator[Collection[str]]:
    """Format 1: the glyphs of each rule."""
    yield subtable.Coverage.glyphs
    for rule in _rules(subtable):
        for name in ("Backtrack", "Input", "LookAhead"):
            yield getattr(rule, name, None) or ()


def _rules(subtable: Any) -> Iterator[Any]:
    """The rules of a (chained) context in formats 1 and 2, by whichever of their names."""
    for kind in ("SubRule", "SubClass", "ChainSubRule", "ChainSubClass", "PosRule", "PosClass",
                 "ChainPosRule", "ChainPosClass"):  # fmt: skip
        for rules in getattr(subtable, f"{kind}Set", None) or ():
            for name in (kind, f"{kind}Rule"):
                yield from getattr(rules, name, None) or () if rules else ()
