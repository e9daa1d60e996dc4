from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from napari_crystalseg.absorption import path_lengths, sphere_directions
from napari_crystalseg.absorption.tracing.paths import TracingGrid
from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels


def blobs(shape=(24, 30, 20), seed=1):
    """Materials in rough patches, so that rays cross many interfaces."""
    coarse = np.random.default_rng(seed).integers(0, 5, [n // 4 + 1 for n in shape])
    return np.kron(coarse, np.ones((4, 4, 4), int))[: shape[0], : shape[1], : shape[2]].astype(np.uint8)


def rays(shape, n, seed=2):
    rng = np.random.default_rng(seed)
    return np.stack([rng.integers(0, s, n) for s in shape], axis=1), rng.normal(size=(n, 3))


def to_edge(shape, size, points, directions):
    """Length from voxel centres to the faces of the volume, by hand."""
    unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    face = np.where(unit > 0, shape, 0)
    with np.errstate(divide="ignore"):
        return ((face - points - 0.5) * size / unit).min(axis=1)


def test_lengths_of_all_materials_add_up_to_the_way_to_the_edge():
    data, size = blobs(), np.array([0.3, 0.5, 1.1])
    points, directions = rays(data.shape, 3000)
    lengths = path_lengths(Labels(data, size), points, directions)
    assert np.allclose(lengths.sum(axis=1), to_edge(data.shape, size, points, directions), rtol=1e-12)
    assert (lengths >= -1e-12).all()


def test_lengths_agree_with_fine_steps_along_the_ray():
    data, size = blobs(), np.array([0.3, 0.5, 1.1])
    points, directions = rays(data.shape, 40)
    unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    lengths = path_lengths(Labels(data, size), points, directions)
    step = 1e-3
    for point, heading, length, way in zip(
        points, unit, lengths, to_edge(data.shape, size, points, directions), strict=True
    ):
        t = np.arange(step / 2, way, step)
        voxel = np.floor(point + 0.5 + t[:, np.newaxis] * heading / size).astype(int)
        voxel = np.clip(voxel, 0, np.array(data.shape) - 1)
        counted = np.bincount(data[tuple(voxel.T)], minlength=5) * step
        assert np.abs(counted - length).max() < 0.02


def test_rays_along_an_axis_count_half_the_first_voxel():
    data = np.zeros((3, 3, 6), np.uint8)
    data[1, 1] = [0, 3, 3, 1, 2, 4]
    lengths = path_lengths(Labels(data, (1, 1, 2.0)), [1, 1, 2], [[0, 0, 1], [0, 0, -1], [0, 5, 0]])
    assert np.allclose(lengths, [[0, 2, 2, 1, 2], [2, 0, 0, 3, 0], [1, 0, 0, 0.5, 0]])


@pytest.mark.parametrize("mirrored", [(False, False, False), (True, False, True)])
def test_a_cell_reaches_as_far_as_its_material_does(mirrored):
    data = np.zeros((35, 41, 30), np.uint8)
    data[9:27, 13:37, 5:27] = blobs((18, 24, 22))
    data[17:, 30:] = 3
    grid = TracingGrid(Labels(data, 1.0), crop=False)
    coarse, bricks = grid.packed(mirrored)
    assert coarse.shape == (6, 7, 5)  # with a layer beyond the volume
    assert 0 < len(bricks) < coarse.size
    volume = np.zeros((40, 48, 32), np.uint8)
    volume[: data.shape[0], : data.shape[1], : data.shape[2]] = data
    volume = volume[tuple(slice(None, None, -1 if m else 1) for m in mirrored)]
    beyond = np.pad(volume, ((0, 8),) * 3)
    for voxel in np.ndindex(volume.shape):
        brick = tuple(v // 8 for v in voxel)
        entry = coarse[brick]
        cell = bricks[(-1 - entry, *(v % 8 for v in voxel))] if entry < 0 else entry
        assert cell & 7 == volume[voxel]
        if entry < 0:
            first, last = voxel, np.array(voxel) + (cell >> 3)
        else:
            first, last = np.array(brick) * 8, (np.array(brick) + (cell >> 3)) * 8 + 7
        cube = beyond[tuple(slice(a, b + 1) for a, b in zip(first, last, strict=True))]
        assert (cube == cell & 7).all()
        if entry < 0 and not cell >> 3:  # it stops where the next voxels differ
            around = beyond[tuple(slice(v, v + 2) for v in voxel)]
            assert around.min() != around.max()


def test_large_uniform_parts_are_crossed_exactly():
    data = np.ones((90, 70, 80), np.uint8)
    data[20:60, 15:55, 30:70] = 3
    data[40:43, 30:33, 40:43] = 0
    points, directions = rays(data.shape, 2000)
    lengths = path_lengths(Labels(data, 1.0), points, directions)
    unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)

    def inside(low, high):
        """Length of the ray inside a box, by its slabs."""
        a, b = (np.array(low) - points - 0.5) / unit, (np.array(high) - points - 0.5) / unit
        begin, stop = np.maximum(np.minimum(a, b).max(axis=1), 0), np.maximum(a, b).min(axis=1)
        return np.maximum(stop - begin, 0)

    hole, crystal = inside((40, 30, 40), (43, 33, 43)), inside((20, 15, 30), (60, 55, 70))
    expected = np.stack([hole, inside((0, 0, 0), data.shape) - crystal, 0 * hole, crystal - hole, 0 * hole], axis=1)
    assert np.allclose(lengths, expected, atol=1e-10)


def test_cropping_drops_only_the_air_outside():
    data = np.zeros((12, 14, 16), np.uint8)
    data[3:9, 4:12, 5:11] = blobs((6, 8, 6))
    data[3, 4, 5] = data[8, 11, 10] = 1
    grid = TracingGrid(Labels(data, 1.0))
    assert grid.origin.tolist() == [3, 4, 5]
    coarse, _ = grid.packed((False, False, False))
    assert coarse.shape == (2, 2, 2)


def test_a_block_of_points_and_directions_is_traced_like_single_rays():
    data = blobs((30, 26, 40))
    labels = Labels(data, (1.0, 0.7, 0.4))
    points, directions = rays(data.shape, 64)
    unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    mu = np.array([0, 0.02, 0.03, 0.01, 0.05])
    out = np.empty((64, 5, 64))
    TracingGrid(labels, crop=False).trace(points, unit, mu, out)
    pairs = path_lengths(labels, np.tile(points, (64, 1)), np.repeat(directions, 64, axis=0)).reshape(64, 64, 5)
    assert np.allclose(out[:, 1:], pairs.transpose(0, 2, 1)[:, 1:], atol=1e-12)
    assert np.allclose(out[:, 0], np.exp(-pairs @ mu), rtol=1e-12)
    with pytest.raises(ValueError, match="multiples of 32"):
        TracingGrid(labels, crop=False).trace(points[:50], unit, mu, out[:, :, :50])


@pytest.mark.parametrize(
    ("points", "directions", "message"),
    [
        ([0, 0, 9], [1, 0, 0], "outside"),
        ([0, 0, -1], [1, 0, 0], "outside"),
        ([0, 0, 0], [0, 0, 0], "zero"),
        ([0, 0, 0], [np.nan, 0, 1], "finite"),
        ([0.5, 0, 0], [1, 0, 0], "integers"),
        ([[0, 0, 0]] * 2, [[1, 0, 0]] * 3, "2 points but 3"),
        ([0, 0], [1, 0, 0], "rows of three"),
    ],
)
def test_bad_rays_are_refused(points, directions, message):
    with pytest.raises(InputError, match=message):
        path_lengths(Labels(np.ones((4, 4, 4), np.uint8), 1.0), points, directions)


def test_all_air_is_refused():
    with pytest.raises(InputError, match="nothing but air"):
        TracingGrid(Labels(np.zeros((4, 4, 4), np.uint8), 1.0))


def test_sphere_directions_are_even():
    directions = sphere_directions(500)
    assert np.allclose(np.linalg.norm(directions, axis=1), 1)
    assert np.abs(directions.mean(axis=0)).max() < 2e-3
    # Second moments of an isotropic distribution are 1/3.
    assert np.allclose(directions.T @ directions / 500, np.eye(3) / 3, atol=2e-3)
    nearest = np.sort(directions @ directions.T, axis=1)[:, -2]
    angle = np.degrees(np.arccos(nearest))
    assert angle.min() > 0.7 * angle.max()
    with pytest.raises(InputError):
        sphere_directions(0)


def test_a_gpu_traces_what_the_processor_traces():
    cupy = pytest.importorskip("cupy")
    try:
        if cupy.cuda.runtime.getDeviceCount() == 0:
            pytest.skip("no GPU")
    except cupy.cuda.runtime.CUDARuntimeError:
        pytest.skip("no GPU that works")
    data = blobs((30, 26, 40))
    labels = Labels(data, (1.0, 0.7, 0.4))
    points, directions = rays(data.shape, 64)
    unit = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    unit[0] = [0, 1, 0]
    mu = np.array([0, 0.02, 0.03, 0.01, 0.05])
    found = {}
    for backend in ("numpy", "cupy"):
        found[backend] = np.empty((64, 5, 64))
        TracingGrid(labels, crop=False, backend=backend).trace(points, unit, mu, found[backend])
    assert np.allclose(found["numpy"], found["cupy"], atol=1e-9)


def test_a_gpu_that_is_not_there_is_named():
    if importlib.util.find_spec("cupy") is not None:
        pytest.skip("CuPy is installed")
    with pytest.raises(InputError, match="CuPy is not installed"):
        TracingGrid(Labels(blobs(), 1.0), backend="cupy")
