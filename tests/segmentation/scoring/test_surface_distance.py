from __future__ import annotations

from math import inf

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.segmentation.scoring.surface_distance import surface_distance, surface_distances

VOXEL_UM = (1.5, 0.5, 0.8)


def ball(shape: tuple[int, int, int], radius_um: float, voxel_um: tuple[float, float, float]) -> NDArray[np.uint8]:
    place = np.indices(shape, dtype=float)
    off = [(place[i] - (shape[i] - 1) / 2) * voxel_um[i] for i in range(3)]
    return (sum(np.square(one) for one in off) <= radius_um**2).astype(np.uint8)


def box(shape: tuple[int, int, int], low: tuple[int, int, int], high: tuple[int, int, int]) -> NDArray[np.uint8]:
    mask = np.zeros(shape, np.uint8)
    mask[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] = 1
    return mask


def blobs(seed: int, shape: tuple[int, int, int] = (9, 12, 11)) -> NDArray[np.uint8]:
    from scipy.ndimage import gaussian_filter

    return (gaussian_filter(np.random.default_rng(seed).normal(size=shape), 1.2) > 0.1).astype(np.uint8)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("shift", [-2, 0, 1, 3])
def test_planes_are_exactly_as_far_apart_as_they_were_moved(axis, shift):
    def half(end):
        mask = np.zeros((11, 11, 11), np.uint8)
        mask[tuple(slice(0, end) if i == axis else slice(None) for i in range(3))] = 1
        return mask

    found = surface_distance(half(5 + shift), half(5), 1, VOXEL_UM)
    moved = shift * VOXEL_UM[axis]
    assert found.bias_um == pytest.approx(moved)
    for value in (found.median_um, found.mean_um, found.percentile_95_um, found.largest_um):
        assert value == pytest.approx(abs(moved))
    assert found.volume_error_percent == pytest.approx(100 * shift / 5)
    assert found.to_dict()["bias_voxels"] == pytest.approx(moved / 0.5)


def test_a_box_grown_on_one_side():
    # The moved face of 4 by 6 voxels of 0.5 by 0.8 µm, and the strips that its neighbours grow by; all else coincides.
    small, large = box((9, 9, 12), (2, 2, 2), (4, 6, 8)), box((9, 9, 12), (2, 2, 2), (6, 6, 8))
    found = surface_distance(large, small, 1, VOXEL_UM)
    assert found.largest_um == pytest.approx(3.0)
    assert found.median_um == 0
    assert found.volume_error_um3 == pytest.approx(2 * 4 * 6 * 1.5 * 0.5 * 0.8)
    shrunk = surface_distance(small, large, 1, VOXEL_UM)
    assert shrunk.bias_um == pytest.approx(-found.bias_um)
    assert shrunk.mean_um == pytest.approx(found.mean_um)
    # By hand. The new end face is 3 µm from the old one; of the old one each face is nearest to the new strips or end;
    # of the strips, whose faces are 0.75 and 2.25 µm above the old end, each is nearest to that end's outermost faces.
    total = 24 * 0.4 * 3.0
    for j in range(4):
        for k in range(6):
            to_strip = min(0.25 + 0.5 * min(j, 3 - j), 0.4 + 0.8 * min(k, 5 - k))
            total += 0.4 * min(3.0, np.hypot(0.75, to_strip))
    for height in (0.75, 2.25):
        total += 2 * 6 * 1.2 * np.hypot(height, 0.25) + 2 * 4 * 0.75 * np.hypot(height, 0.4)
    both_surfaces = 2 * (2 * 24 * 0.4) + 2 * (2 + 4) * (6 * 1.2 + 4 * 0.75)
    assert found.bias_um == pytest.approx(total / both_surfaces)


@pytest.mark.parametrize("voxel_um", [(1.0, 1.0, 1.0), (0.8, 0.5, 0.65)])
@pytest.mark.parametrize("grown_by", [-1.5, 1.0, 2.0, 4.0])
def test_concentric_spheres(voxel_um, grown_by):
    shape = tuple(int(38 / size) | 1 for size in voxel_um)
    found = surface_distance(ball(shape, 13 + grown_by, voxel_um), ball(shape, 13, voxel_um), 1, voxel_um)
    tolerance = 0.25 * max(voxel_um)  # steps of voxels; centres of voxels would be off by half of one
    assert found.bias_um == pytest.approx(grown_by, abs=tolerance)
    assert found.median_um == pytest.approx(abs(grown_by), abs=tolerance)
    assert found.mean_um == pytest.approx(abs(grown_by), abs=tolerance)


def test_a_moved_sphere_has_no_bias():
    still = ball((31, 31, 31), 10, (1.0, 1.0, 1.0))
    found = surface_distance(np.roll(still, 2, axis=1), still, 1, 1.0)
    assert found.bias_um == pytest.approx(0, abs=1e-9)
    # The distance of a sphere moved by d is d |cos| to first order: mean d / 2, largest d.
    assert found.mean_um == pytest.approx(1.0, abs=0.1)
    assert found.largest_um == pytest.approx(2.0)
    assert found.volume_error_percent == 0


@pytest.mark.parametrize("seed", range(4))
def test_as_a_distance_transform_on_a_doubled_grid(seed):
    # Faces lie at odd places of a grid with voxels of half the size: there scipy's transform is exact.
    one, other = blobs(2 * seed), blobs(2 * seed + 1)

    def faces(mask):
        marked = np.zeros([2 * n - 1 for n in mask.shape], bool)
        area = np.zeros(marked.shape)
        for axis in range(3):
            near = tuple(slice(None, -1) if i == axis else slice(None) for i in range(3))
            far = tuple(slice(1, None) if i == axis else slice(None) for i in range(3))
            at = tuple(slice(1, None, 2) if i == axis else slice(None, None, 2) for i in range(3))
            marked[at] = mask[near] != mask[far]
            area[at] = np.prod(VOXEL_UM) / VOXEL_UM[axis]
        return marked, area

    (a, area), (b, _) = faces(one), faces(other)
    half = [size / 2 for size in VOXEL_UM]
    from_a, from_b = (distance_transform_edt(~mask, sampling=half) for mask in (b, a))
    distances = np.concatenate([from_a[a], from_b[b]])
    weights = np.concatenate([area[a], area[b]])
    found = surface_distance(one, other, 1, VOXEL_UM)
    np.testing.assert_allclose(np.sort(np.abs(found.signed_um)), np.sort(distances), atol=1e-6)
    assert found.mean_um == pytest.approx(np.average(distances, weights=weights))
    assert found.largest_um == pytest.approx(distances.max())
    order = np.argsort(distances)
    share = np.cumsum(weights[order]) / weights.sum()
    assert found.percentile_95_um == pytest.approx(distances[order][np.searchsorted(share, 0.95)], abs=0.1)


def test_near_the_published_definition_by_corners():
    # surface-distance (Nikolov et al. 2021, J. Med. Internet Res. 23, e26151) takes the corners where voxels of both
    # kinds meet, here without its table of areas.
    shape = (25, 31, 29)
    one, other = ball(shape, 8.5, (1.0, 1.0, 1.0)), np.roll(ball(shape, 10, (1.0, 1.0, 1.0)), 1, axis=2)

    def corners(mask):
        total = sum(mask[i : i - 1 or None, j : j - 1 or None, k : k - 1 or None].astype(int) for i, j, k in _CORNERS)
        return (total > 0) & (total < 8)

    a, b = corners(np.pad(one, 1)), corners(np.pad(other, 1))
    distances = np.concatenate([distance_transform_edt(~b)[a], distance_transform_edt(~a)[b]])
    found = surface_distance(one, other, 1, 1.0)
    # Corners lie on both sides of a surface of steps, so that the nearest of another surface is nearer than it is:
    # 1.5 is right.
    assert distances.mean() < found.mean_um == pytest.approx(distances.mean(), abs=0.3)
    assert found.percentile_95_um == pytest.approx(np.percentile(distances, 95), abs=0.3)
    assert found.largest_um == pytest.approx(distances.max(), abs=0.75)


_CORNERS = [(i, j, k) for i in (0, 1) for j in (0, 1) for k in (0, 1)]


def test_same_labels_are_nowhere_apart():
    found = surface_distance(blobs(3), blobs(3), 1, VOXEL_UM).to_dict()
    assert [found[f"{name}_um"] for name in ("median", "mean", "percentile_95", "largest", "bias")] == [0.0] * 5
    assert found["held_by"] == "both"


def test_a_class_that_is_missing():
    nothing, something = np.zeros((4, 5, 6), np.uint8), box((4, 5, 6), (1, 1, 1), (2, 3, 4))
    missed = surface_distance(nothing, something, 1, 1.0)
    assert missed.held_by == "truth"
    assert missed.median_um == missed.largest_um == inf
    assert missed.bias_um == -inf
    assert missed.volume_error_percent == -100
    assert missed.to_dict()["median_um"] is None
    invented = surface_distance(something, nothing, 1, 1.0)
    assert invented.held_by == "predicted"
    assert invented.bias_um == inf
    assert invented.volume_error_percent is None
    neither = surface_distance(nothing, nothing, 1, 1.0)
    assert neither.held_by == "neither"
    assert neither.median_um is neither.mean_um is neither.bias_um is neither.volume_error_percent is None
    assert neither.histogram().sum() == 0


def test_the_end_of_the_volume_is_no_surface():
    whole = np.ones((3, 4, 5), np.uint8)
    assert surface_distance(whole, whole, 1, 1.0).median_um is None
    part = whole.copy()
    part[2] = 0
    found = surface_distance(part, whole, 1, 1.0)
    assert found.held_by == "both"
    assert found.median_um == inf
    assert found.to_dict()["bias_um"] is None


def test_a_single_slice_that_cannot_be_written():
    one, other = box((1, 9, 9), (0, 2, 2), (1, 6, 6)), box((1, 9, 9), (0, 2, 2), (1, 7, 6))
    one.setflags(write=False)
    other.setflags(write=False)
    found = surface_distance(one, other, 1, 2.0)
    assert found.largest_um == pytest.approx(2.0)
    assert found.bias_um < 0


def test_the_histogram_is_of_signed_voxels():
    one, other = np.zeros((12, 3, 3), np.uint8), np.zeros((12, 3, 3), np.uint8)
    one[:5], other[:3] = 1, 1
    shares = surface_distance(one, other, 1, (2.0, 1.0, 1.0)).histogram()
    # 4 µm are four of the finest voxels: the bin about +4, which has eight more after 0's, and after the first of all.
    assert shares[1 + 10 + 8] == pytest.approx(1)
    far = np.zeros((12, 3, 3), np.uint8)
    far[:11] = 1
    assert surface_distance(far, other, 1, (2.0, 1.0, 1.0)).histogram()[-1] == pytest.approx(1)


def test_of_labels_every_class_is_measured():
    truth = np.zeros((8, 9, 10), np.uint8)
    truth[1:7, 1:8, 1:9] = Material.LIQUOR
    truth[3:5, 3:6, 3:7] = Material.CRYSTAL
    predicted = truth.copy()
    predicted[3:5, 3:6, 7] = Material.CRYSTAL
    found = surface_distances(Labels(predicted, None), Labels(truth, (2.0, 1.0, 1.0)))
    assert found[Material.CRYSTAL].bias_um > 0 > found[Material.LIQUOR].bias_um
    assert found[Material.CRYSTAL].volume_error_um3 == pytest.approx(2 * 6)
    assert found[Material.LOOP].held_by == "neither"


def test_grids_of_other_shapes_are_refused():
    with pytest.raises(InputError, match="same grid"):
        surface_distance(np.zeros((2, 2, 2), np.uint8), np.zeros((2, 2, 3), np.uint8), 1, 1.0)
    with pytest.raises(InputError, match="positive"):
        surface_distance(np.zeros((2, 2, 2), np.uint8), np.zeros((2, 2, 2), np.uint8), 1, (1.0, 0.0, 1.0))
