"""Where the layouts, fonts and sample data that come with mailroom lie.

In a clone they stand beside the package; in an installed wheel inside it.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def _folder(name: str) -> Path:
    inside = _PACKAGE / "shipped" / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


LAYOUTS = _folder("layouts")
FONTS = _folder("fonts")
SAMPLE = _PACKAGE / "sample"
