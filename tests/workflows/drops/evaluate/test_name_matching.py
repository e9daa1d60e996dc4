"""Images of two lists, told by their names."""

from __future__ import annotations

import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.workflows.drops.evaluate.name_matching import matched


def test_in_full_or_by_as_many_parts_as_are_needed():
    assert matched(["a.png", "b.png"], ["b.png", "a.png"]) == {0: 1, 1: 0}
    assert matched(["images/a.png"], ["/data/plate/images/a.png"]) == {0: 0}
    assert matched(["a.png", "c.png"], ["somewhere/a.jpg"]) == {0: 0}
    assert matched([r"x\1.png", "y/1.png"], ["/d/y/1.png", "/d/x/1.png"]) == {0: 1, 1: 0}
    assert matched([], ["a"]) == {}


def test_what_may_be_two_is_refused():
    with pytest.raises(InputError, match=r"1\.png may be x/1\.png or y/1\.png"):
        matched(["1.png"], ["x/1.png", "y/1.png"])
    with pytest.raises(InputError, match=r"1\.png may be x/1\.png or y/1\.png"):
        matched(["x/1.png", "y/1.png"], ["1.png"])
