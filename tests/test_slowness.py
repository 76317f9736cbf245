"""What keeps a page from being stamped is found in the layout's own files."""

from __future__ import annotations

from pathlib import Path

import pytest
from small import a_piece, layout_in, merged_of, press_of

from mailroom.slowness import cause

BACK = """\
<p>{{ sender.company }}</p>
<div class="frame greeting" data-frame="greeting">
  <p class="kin">{{ greeting.salutation }}</p></div>
"""
STYLE = """
.other { %s }
.kin {
  margin: 0;
  %s
}
"""


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ("border: 1pt solid black", "`border`"),
        ("background: #eee", "`background`"),
        ("display: flex", "`display: "),
        ("column-count: 2", "`column-count: 2`"),
        ("color: rgba(0, 0, 0, .5)", "`color`"),
        ("width: 20mm; display: inline-block", "`width`"),
    ],
    ids=lambda text: text.split(":")[0].strip("`"),
)
def test_the_line_is_named_on_which_the_declaration_stands(
    tmp_path: Path, declared: str, told: str
) -> None:
    style = STYLE % (declared, declared)
    layout = layout_in(tmp_path / "small", {"front": "", "back": BACK}, style=style)
    [merged] = merged_of(layout, a_piece())
    reason = press_of(layout).impressions(merged.pages)[1].reason
    assert told in reason
    lines = (layout.folder / "style.css").read_text("utf-8").splitlines()
    name, _, number = cause(layout, "back", reason).partition(":")
    assert name == "small/style.css"
    assert lines[int(number) - 1].strip() == declared


def test_where_no_declaration_is_to_blame_the_frame_is_named(tmp_path: Path) -> None:
    layout = layout_in(tmp_path / "small", {"front": "", "back": BACK})
    [merged] = merged_of(layout, a_piece(salutation="שלום"))
    reason = press_of(layout).impressions(merged.pages)[1].reason
    assert "right to left" in reason
    assert cause(layout, "back", f"frame 'greeting': {reason}") == "small/back.html:2"
    assert cause(layout, "back", reason) == ""  # it lies in the data
