"""Where to dispense: always in the drop, never in a crystal, and as far from both as any pixel is."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial.distance import cdist

from helpers.drawn_examples import examples, given, st
from napari_crystalseg.drops.dispensing import (
    DispensingPosition,
    TargetGrid,
    dispensing_position,
    dispensing_target,
    dispensing_targets,
)
from napari_crystalseg.drops.objects import CRYSTAL, DROP, DropObject, DropObjects
from napari_crystalseg.errors import InputError


def disc(shape, centre, radius):
    rows, columns = np.indices(shape)
    return (rows - centre[0]) ** 2 + (columns - centre[1]) ** 2 <= radius**2


def objects(drop, *crystals, score=1.0):
    found = [DropObject(DROP, drop, score=score), *(DropObject(CRYSTAL, one) for one in crystals if one.any())]
    return DropObjects(drop.shape, tuple(found))


def brute_force(free):
    """Distance of each pixel to the nearest that is not free, those just outside the image among them."""
    padded = np.pad(free, 1)
    found = np.zeros(free.shape)
    places = np.argwhere(free)
    if places.size:
        found[free] = cdist(places + 1, np.argwhere(~padded)).min(1)
    return found


SHAPES = ("blob", "thin", "ring", "border", "two", "crescent")


@st.composite
def drawn_drops(draw):
    """A drop of an odd shape and up to three crystals, in a small image."""
    shape = draw(st.tuples(st.integers(3, 34), st.integers(3, 34)))
    kind, seed = draw(st.sampled_from(SHAPES)), draw(st.integers(0, 2**16))
    random = np.random.default_rng(seed)
    centre = random.uniform(0, 1, 2) * shape
    radius = random.uniform(1, max(shape) / 2)
    drop = disc(shape, centre, radius)
    if kind == "blob":
        drop = ndimage.gaussian_filter(random.normal(size=shape), 2.5) > 0.02
    elif kind == "thin":
        drop = np.zeros(shape, bool)
        drop[shape[0] // 2] = True
        drop[:, 0] = True
    elif kind == "ring":
        drop &= ~disc(shape, centre, radius * random.uniform(0.3, 0.9))
    elif kind == "border":
        drop = disc(shape, (0, shape[1] / 2), radius)
    elif kind == "two":
        drop |= disc(shape, random.uniform(0, 1, 2) * shape, radius / 2)
    elif kind == "crescent":
        drop &= ~disc(shape, centre + radius * 0.5, radius)
    if not drop.any():
        drop[shape[0] // 2, shape[1] // 2] = True
    crystals = [
        disc(shape, random.uniform(0, 1, 2) * shape, random.uniform(0, 6)) for _ in range(draw(st.integers(0, 3)))
    ]
    return drop, crystals


@given(drawn_drops())
@examples(150)
def test_no_pixel_of_the_drop_is_farther_from_crystals_edge_and_border(drawn):
    drop, crystals = drawn
    free = drop & ~np.any([np.zeros_like(drop), *crystals], axis=0)
    found = dispensing_position(objects(drop, *crystals))
    if not free.any():
        assert found is None
        return
    row, column = map(int, found.place_px)
    distances = brute_force(free)
    assert free[row, column]
    assert distances[row, column] == pytest.approx(distances.max(), abs=1e-9)
    assert found.clearance_px == pytest.approx(distances.max(), abs=1e-9)


@given(drawn_drops(), st.sampled_from([0.4, 1.0, 2.3, 7.0, 25.0]), st.sampled_from([0.8, 2.837]))
@examples(120)
def test_no_grid_point_in_the_drop_is_farther(drawn, spacing_um, pixel_size_um):
    drop, crystals = drawn
    free = drop & ~np.any([np.zeros_like(drop), *crystals], axis=0)
    grid = TargetGrid(pixel_size_um, spacing_um)
    found = dispensing_position(objects(drop, *crystals), grid=grid)
    steps = [np.arange(-400, 401) * grid.spacing_px + length // 2 for length in drop.shape]
    rows, columns = (one[(np.rint(one) >= 0) & (np.rint(one) < n)] for one, n in zip(steps, drop.shape, strict=True))
    points = np.stack(np.meshgrid(rows, columns, indexing="ij"), -1).reshape(-1, 2)
    points = points[free[tuple(np.rint(points).astype(int).T)]]
    if not points.size:
        assert found is None
        return
    best = cdist(points, np.argwhere(~np.pad(free, 1)) - 1).min(1).max()
    assert free[tuple(np.rint(found.place_px).astype(int))]
    assert found.clearance_px == pytest.approx(best, abs=1e-7)
    y_um, x_um = found.offset_um(drop.shape, pixel_size_um)
    for offset in (y_um / spacing_um, x_um / spacing_um):
        assert offset == pytest.approx(round(offset), abs=1e-6)


@pytest.mark.parametrize("spacing_um", [1e-5, 0.003, 0.04])
@pytest.mark.parametrize("empty_drop", ["farthest", "centroid"])
def test_a_grid_much_finer_than_pixels_takes_no_more_memory(spacing_um, empty_drop):
    drop = disc((240, 200), (120.3, 100.2), 90)
    grid = TargetGrid(1.0, spacing_um)
    found = dispensing_position(objects(drop), grid=grid, empty_drop=empty_drop)
    assert found.clearance_px == pytest.approx(ndimage.distance_transform_edt(drop).max(), abs=0.8)
    assert np.hypot(found.place_px[0] - 120.3, found.place_px[1] - 100.2) < 1
    for offset in found.offset_um(drop.shape, 1.0):
        assert offset / spacing_um == pytest.approx(round(offset / spacing_um), abs=1e-4)


def test_between_two_crystals_of_a_round_drop():
    shape = (101, 101)
    drop = disc(shape, (50, 50), 45)
    left, right = disc(shape, (50, 20), 12), disc(shape, (50, 80), 12)
    found = dispensing_position(objects(drop, left, right))
    # By symmetry above or below the middle; both are as far, and the first row is taken.
    assert found.place_px[1] == 50
    assert found.place_px[0] < 50
    assert found.reason == "farthest from crystals and the edge of the drop"


def test_of_equal_places_the_one_nearest_to_the_centroid_then_the_first():
    drop = np.zeros((21, 41), bool)
    drop[5:16, 3:38] = True
    # The places of a bar that are farthest from its edge are a line; its middle is at the centroid.
    assert dispensing_position(objects(drop)).place_px == (10.0, 20.0)
    two = np.zeros((9, 20), bool)
    two[3:6, 2:5] = two[3:6, 15:18] = True
    assert dispensing_position(objects(two)).place_px == (4.0, 3.0)


def test_the_border_of_the_image_counts_as_edge():
    drop = np.ones((41, 61), bool)
    found = dispensing_position(objects(drop))
    assert found.place_px == (20.0, 30.0)
    assert found.clearance_px == 21.0


def test_best_score_first_then_the_largest_and_all_are_offered():
    shape = (40, 80)
    small, large, good = disc(shape, (20, 12), 6), disc(shape, (20, 40), 12), disc(shape, (20, 68), 9)
    found = DropObjects(
        shape,
        (
            DropObject(DROP, small, score=0.7),
            DropObject(DROP, large, score=0.7),
            DropObject(DROP, good, score=0.9),
            DropObject(DROP, disc(shape, (35, 75), 2), score=0.5),
        ),
    )
    assert dispensing_position(found).place_px == (20.0, 68.0)
    assert [one.position.place_px[1] for one in dispensing_targets(found)] == [68.0, 40.0, 12.0]


def test_nowhere_has_a_reason():
    shape = (20, 20)
    drop = disc(shape, (10, 10), 5)
    full = dispensing_target(objects(drop, np.ones(shape, bool)))
    assert full.position is None
    assert full.reason == "crystals fill the whole drop"
    assert dispensing_target(DropObjects(shape)).reason == "no drop was found"
    doubtful = dispensing_target(objects(drop, score=0.55))
    assert doubtful.position is None
    assert doubtful.reason == "no drop has a score of 0.6 or more (the best has 0.55)"
    assert dispensing_position(objects(drop, score=0.55), lowest_score=0.5) is not None
    off = dispensing_target(objects(drop & ~disc(shape, (10, 10), 2)), grid=TargetGrid(1.0, 100.0))
    assert off.position is None
    assert off.reason == "no point of the grid of 100 µm lies in the drop beside its crystals"


def test_a_doubtful_crystal_is_not_avoided():
    shape = (41, 41)
    drop, crystal = disc(shape, (20, 20), 15), disc(shape, (20, 20), 4)
    found = DropObjects(shape, (DropObject(DROP, drop), DropObject(CRYSTAL, crystal, score=0.59)))
    assert dispensing_position(found).place_px == (20.0, 20.0)
    assert dispensing_position(found, lowest_score=0.5).place_px != (20.0, 20.0)


def test_an_empty_drop_by_its_centroid_as_chimp_and_a_crescent_never_outside():
    shape = (60, 60)
    pear = disc(shape, (30, 20), 15) | disc(shape, (30, 45), 6)
    at_centroid = dispensing_position(objects(pear), empty_drop="centroid")
    assert at_centroid.place_px == tuple(np.rint(ndimage.center_of_mass(pear)))
    assert at_centroid.clearance_px == pytest.approx(brute_force(pear)[tuple(map(int, at_centroid.place_px))])
    assert dispensing_position(objects(pear)).place_px == (30.0, 20.0)
    on_grid = dispensing_position(objects(pear), empty_drop="centroid", grid=TargetGrid(1.0, 4.0))
    assert np.abs(np.subtract(on_grid.place_px, ndimage.center_of_mass(pear))).max() <= 2
    crescent = disc(shape, (30, 30), 20) & ~disc(shape, (30, 38), 20)
    outside = dispensing_target(objects(crescent), empty_drop="centroid")
    assert crescent[tuple(map(int, outside.position.place_px))]
    assert "its centroid lies outside it" in outside.reason


def test_micrometres_from_the_centre_as_chimp_counts_them():
    # Rows down, columns to the right, from the pixel (rows // 2, columns // 2).
    position = DispensingPosition((612.0, 512.0), 20.0)
    assert position.offset_um((1024, 1224), 2.837) == pytest.approx((283.7, -283.7))
    assert position.offset_um((1025, 1225), 1.0) == (100.0, -100.0)
    assert position.clearance_um(2.837) == pytest.approx(56.74)
    assert position.warning(2.837, 56.0) is None
    assert "56.5" not in position.warning(2.837, 60.0)
    assert "which lies 57 µm away" in position.warning(2.837, 60.0)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: DispensingPosition((1.0, float("nan")), 1.0), "finite place"),
        (lambda: DispensingPosition((1.0, 1.0), 0.0), "lies inside its drop"),
        (lambda: DispensingPosition((1.0, 1.0), 1.0).offset_um((9, 9), 0.0), "side of a pixel"),
        (lambda: DispensingPosition((1.0, 1.0), 1.0).warning(float("nan"), 5.0), "side of a pixel"),
        (lambda: TargetGrid(2.8, -25.0), "spacing of the grid"),
        (lambda: TargetGrid(float("nan")), "side of a pixel"),
        (lambda: TargetGrid(1e300, 1.0), "too fine for pixels"),
        (lambda: dispensing_position(DropObjects((4, 4)), empty_drop="middle"), "'farthest' or 'centroid'"),
    ],
)
def test_what_is_refused(made, said):
    with pytest.raises(InputError, match=said):
        made()


def test_a_crystal_that_reaches_over_the_drop_and_one_beside_it():
    shape = (50, 50)
    drop = disc(shape, (25, 25), 15)
    over, beside = disc(shape, (10, 25), 8), disc(shape, (3, 3), 2)
    found = dispensing_position(objects(drop, over, beside))
    assert found.clearance_px == pytest.approx(brute_force(drop & ~over).max())
    assert found.place_px[0] > 25
