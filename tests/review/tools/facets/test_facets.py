import numpy as np
import pytest

from helpers.drawn_crystal import bitten, drawn_crystal
from napari_crystalseg.errors import InputError
from napari_crystalseg.phantom import HABITS
from napari_crystalseg.review.tools.facets.facet import Facet
from napari_crystalseg.review.tools.facets.facet_set import (
    FacetSet,
    drag_facet,
    move_facet,
    nearest_facet,
    without_facet,
)
from napari_crystalseg.review.tools.facets.fit import fit_all_facets, fit_facets
from napari_crystalseg.review.tools.facets.habit_fit import fit_habit
from napari_crystalseg.review.tools.facets.snap import shift_facet, snap_to_facets

CUBIC, UNEVEN = (1.0, 1.0, 1.0), (2.0, 0.8, 1.3)


def applied(labels, change):
    after = labels.copy()
    if change is not None:
        after[change.box] = np.where(change.mask, change.labels, after[change.box])
    return after


def dice(one, other):
    return 2 * np.count_nonzero(one & other) / (np.count_nonzero(one) + np.count_nonzero(other))


def cube(low, high):
    sides = np.vstack([np.eye(3), -np.eye(3)])
    return FacetSet(tuple(Facet(n, high if n.sum() > 0 else -low) for n in sides))


def ball(radius_um, voxel):
    shape = [int(2 * radius_um / edge) + 13 for edge in voxel]
    r2 = sum(
        ((np.arange(n) - n // 2) * v).reshape([-1 if a == b else 1 for b in range(3)]) ** 2
        for a, (n, v) in enumerate(zip(shape, voxel, strict=True))
    )
    return np.where(r2 < radius_um**2, 3, 1).astype(np.uint8)


@pytest.mark.parametrize(
    ("habit", "voxel", "seed"),
    [("lysozyme", CUBIC, 1), ("insulin", UNEVEN, 2), ("thermolysin", UNEVEN, 3), ("trypsin", CUBIC, 4)],
)
def test_facets_of_a_drawn_crystal_are_found_where_they_are(habit, voxel, seed):
    labels, crystal = drawn_crystal(habit, 50, voxel, seed)
    facets = fit_facets(labels, voxel)
    edge = np.prod(voxel) ** (1 / 3)
    for normal, corners in zip(crystal.normals, crystal.facets_um(), strict=True):
        nearest = int((facets.normals @ normal).argmax())
        assert np.degrees(np.arccos(min(1.0, facets.normals[nearest] @ normal))) < 1.0
        assert abs(facets.normals[nearest] @ corners.mean(axis=0) - facets.offsets_um[nearest]) < 0.3 * edge
    assert abs(facets.volume_um3() / crystal.volume_um3() - 1) < 0.01
    assert facets.support_share > 0.85
    assert dice(applied(labels, snap_to_facets(labels, facets, voxel)) == 3, labels == 3) > 0.997


@pytest.mark.parametrize("voxel", [CUBIC, UNEVEN])
def test_a_bite_is_filled_by_the_facets_that_are_left(voxel):
    labels, crystal = drawn_crystal("lysozyme", 44, voxel, 5)
    damaged = bitten(labels, crystal, voxel, 16 * np.prod(voxel) ** (1 / 3))
    assert dice(damaged == 3, labels == 3) < 0.98
    after = applied(damaged, snap_to_facets(damaged, fit_facets(damaged, voxel), voxel))
    assert dice(after == 3, labels == 3) > 0.99


@pytest.mark.parametrize(("habit", "voxel"), [("lysozyme", UNEVEN), ("trypsin", CUBIC)])
def test_a_known_habit_brings_back_a_part_that_a_plane_cut_off(habit, voxel):
    labels, crystal = drawn_crystal(habit, 40, voxel, 6)
    corner = crystal.vertices_um()[0]
    out = (corner - crystal.centre_um) / np.linalg.norm(corner - crystal.centre_um)
    grid = np.meshgrid(
        *[np.arange(n) * e for n, e in zip(labels.shape, voxel, strict=True)], indexing="ij", sparse=True
    )
    beyond = sum(n * side for n, side in zip(out, grid, strict=True)) > out @ (0.4 * crystal.centre_um + 0.6 * corner)
    damaged = np.where(beyond & (labels == 3), 1, labels).astype(np.uint8)
    facets = fit_habit(damaged, HABITS[habit], voxel)
    after = applied(damaged, snap_to_facets(damaged, facets, voxel))
    assert dice(damaged == 3, labels == 3) < 0.985 < 0.99 < dice(after == 3, labels == 3)
    assert {facet.name for facet in facets.facets} == {
        "{" + "".join(map(str, f.miller)) + "}" for f in HABITS[habit].forms
    }


@pytest.mark.parametrize(
    ("habit", "seed", "out"),
    [
        ("ferritin", 1, None),  # a whole tip, of faces that are all seen beside the cut
        ("thaumatin", 1, None),
        ("insulin", 2, (0.32, -0.71, 0.63)),  # a face went with it, and the cut lies some degrees beside it
        ("lysozyme", 2, (-0.54, 0.33, 0.77)),
    ],
)
def test_a_fifth_of_a_crystal_that_was_cut_off_comes_back(habit, seed, out):
    labels, _ = drawn_crystal(habit, 40, CUBIC, seed)
    voxels = np.argwhere(labels == 3)
    from_middle = voxels - voxels.mean(axis=0)
    along = from_middle[(from_middle**2).sum(axis=1).argmax()] if out is None else np.asarray(out)
    height = from_middle @ (along / np.linalg.norm(along))
    lost = tuple(voxels[height > np.quantile(height, 0.8)].T)
    damaged = labels.copy()
    damaged[lost] = 1
    after = applied(damaged, snap_to_facets(damaged, fit_habit(damaged, HABITS[habit], CUBIC), CUBIC))
    assert (after[lost] == 3).mean() > 0.9
    assert dice(after == 3, labels == 3) > 0.98


def test_what_was_cut_off_along_a_face_does_not_come_back():
    """By its angles alone it is a crystal that grew less there."""
    labels, crystal = drawn_crystal("ferritin", 40, CUBIC, 1)
    voxels = np.argwhere(labels == 3)
    height = voxels @ crystal.normals[0]
    damaged = labels.copy()
    damaged[tuple(voxels[height > np.quantile(height, 0.8)].T)] = 1
    after = applied(damaged, snap_to_facets(damaged, fit_habit(damaged, HABITS["ferritin"], CUBIC), CUBIC))
    assert dice(after == 3, damaged == 3) > 0.99


@pytest.mark.parametrize("radius_um", [14.0, 30.0])
@pytest.mark.parametrize("voxel", [CUBIC, UNEVEN])
def test_a_ball_has_no_facets(radius_um, voxel):
    with pytest.raises(InputError, match="round or rough"):
        fit_facets(ball(radius_um, voxel), voxel)


def test_a_crystal_of_another_habit_is_refused():
    labels, _ = drawn_crystal("lysozyme", 40, CUBIC, 7)
    with pytest.raises(InputError, match="does not show the angles of thermolysin"):
        fit_habit(labels, HABITS["thermolysin"], CUBIC)
    with pytest.raises(InputError, match="no crystal under the cursor"):
        fit_facets(labels, CUBIC, voxel=(0, 0, 0))
    with pytest.raises(InputError, match="hold no crystal"):
        fit_facets(np.ones_like(labels), CUBIC)


def test_two_crystals_are_fitted_each():
    one, _ = drawn_crystal("insulin", 30, CUBIC, 8)
    other, _ = drawn_crystal("ferritin", 24, CUBIC, 9)
    labels = np.ones(
        (max(one.shape[0], other.shape[0]), max(one.shape[1], other.shape[1]), one.shape[2] + other.shape[2])
    )
    labels = labels.astype(np.uint8)
    labels[: one.shape[0], : one.shape[1], : one.shape[2]] = one
    labels[: other.shape[0], : other.shape[1], one.shape[2] :] = other
    found = fit_all_facets(labels, CUBIC)
    assert [round(facets.volume_um3() / (np.pi / 6 * d**3), 1) for facets, d in zip(found, (30, 24), strict=True)] == [
        1,
        1,
    ]
    for facets in found:
        assert dice(applied(labels, snap_to_facets(labels, facets, CUBIC)) == 3, labels == 3) > 0.99


def test_a_facet_moves_by_micrometres_and_never_into_the_loop():
    labels = np.ones((21, 22, 23), np.uint8)
    facets = cube(4.4, 14.6)
    first = applied(labels, snap_to_facets(labels, facets, CUBIC))
    assert np.count_nonzero(first == 3) == 10**3
    assert abs(facets.volume_um3() - 10.2**3) < 1e-6
    top = nearest_facet(facets, np.array([16.0, 9.0, 9.0]))
    first[15, 8:10, 8:10] = 2
    grown = applied(first, snap_to_facets(first, move_facet(facets, top, 2.0), CUBIC))
    assert np.count_nonzero(grown == 3) == 12 * 10**2 - 4 and (grown[15, 8:10, 8:10] == 2).all()
    shrunk = applied(first, snap_to_facets(first, drag_facet(facets, top, np.array([12.0, 3.0, 3.0])), CUBIC))
    assert np.count_nonzero(shrunk == 3) == 8 * 10**2
    with pytest.raises(InputError, match="open"):
        without_facet(facets, top)
    with pytest.raises(InputError, match="move the last one back"):
        move_facet(facets, top, -11.0)


@pytest.mark.parametrize("by_um", [2.0, -2.0])
def test_a_facet_that_moves_leaves_the_rest_of_the_labels_as_it_is(by_um):
    labels = np.ones((24, 24, 24), np.uint8)
    labels[5:15, 5:15, 5:15] = 3
    labels[9:11, 9:11, 9:11] = 1
    labels[4, 7:9, 7:9] = 3
    facets = cube(4.5, 14.5)
    top = nearest_facet(facets, np.array([16.0, 9.0, 9.0]))
    after = applied(labels, shift_facet(labels, facets, top, by_um, CUBIC))
    wanted = labels.copy()
    if by_um > 0:
        wanted[15:17, 5:15, 5:15] = 3
    else:
        wanted[13:15, 5:15, 5:15] = 1
    assert np.array_equal(after, wanted)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_border_of_the_field_is_no_facet_of_its_own_angle(axis):
    labels, _ = drawn_crystal("lysozyme", 46, CUBIC, 10)
    middle = labels.shape[axis] // 2
    half = np.ascontiguousarray(np.take(labels, range(middle), axis=axis))
    facets = fit_facets(half, CUBIC)
    after = applied(half, snap_to_facets(half, facets, CUBIC))
    assert dice(after == 3, half == 3) > 0.99
