"""The page of the tools shows each of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from napari_crystalseg.review.tools.tools import TOOLS

DOCS = Path(__file__).resolve().parents[2] / "docs"
MOST_BYTES, MOST_PIXELS = 60_000, 480


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.__name__)
def test_each_tool_has_its_row_with_a_small_picture(tool):
    name = f"images/tools/{tool.__name__}.png"
    lines = (DOCS / "review-tools.md").read_text(encoding="utf-8").splitlines()
    (row,) = [line for line in lines if line.startswith("|") and name in line]
    assert [cell.strip() for cell in row.split("|")[1:3]] == [tool.title, tool.key]
    picture = (DOCS / name).read_bytes()
    assert len(picture) <= MOST_BYTES
    assert int.from_bytes(picture[16:20], "big") <= MOST_PIXELS  # the width in the header of a PNG


def test_no_picture_is_left_of_a_tool_that_is_gone():
    assert {path.stem for path in (DOCS / "images" / "tools").iterdir()} == {tool.__name__ for tool in TOOLS}
