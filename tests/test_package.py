"""What is installed is whole: a wheel carries layouts, fonts and the sample."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

SCRIPT = """
from mailroom.fonts import load_fonts
from mailroom.layout import find_layouts, read_layout
from mailroom.shipped import FONTS, LAYOUTS, SAMPLE
import mailroom
print(mailroom.__file__)
assert len(load_fonts(FONTS)) >= 4
assert len([read_layout(f) for f in find_layouts([LAYOUTS]).values()]) >= 3
assert (SAMPLE / "contacts.csv").is_file()
"""


@pytest.mark.slow
def test_a_wheel_has_everything_it_needs(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    answer = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=tmp_path / "site",
        check=True,
        capture_output=True,
        text=True,
    )
    assert str(tmp_path) in answer.stdout
