"""What a tool asks of the hand, in words."""

from __future__ import annotations

from napari_crystalseg.review.tools.facets.facet_tools import SnapToFacets, SnapToHabit
from napari_crystalseg.review.tools.need import Need
from napari_crystalseg.review.tools.surfaces.grow import Grow
from napari_crystalseg.widgets.tool_box.tool_words import ASKS, less_than_a_voxel, nothing_back


def test_every_need_is_asked_for():
    assert set(ASKS) == set(Need)


def test_only_a_size_below_the_longest_side_of_a_voxel_is_said():
    assert less_than_a_voxel(Grow(by_um=0.7), (0.5, 0.25, 0.8)) == (" The voxels are 0.8 µm large: try more than that.")
    assert less_than_a_voxel(Grow(by_um=0.8), (0.5, 0.25, 0.8)) == ""
    assert less_than_a_voxel(Grow(by_um=0.1), None) == ""


def test_a_habit_that_brings_nothing_back_says_why():
    assert "along a face of trypsin" in nothing_back(SnapToHabit("trypsin"), gained=False)
    assert nothing_back(SnapToHabit("trypsin"), gained=True) == nothing_back(SnapToFacets(), gained=False) == ""
