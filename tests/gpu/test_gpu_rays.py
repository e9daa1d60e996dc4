"""Path lengths and absorption factors of a GPU are those of the processor, and of hand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from napari_crystalseg.labels import Labels


def steps_by_hand(data, point, step):
    """Lengths in materials 1 to 4, by the faces that a ray crosses, sorted."""
    crossings = [0.0]
    for axis, size in enumerate(data.shape):
        if step[axis]:
            faces = np.arange(size + 1) - 0.5 - point[axis]
            crossings += [t for t in faces / step[axis] if t > 0]
    sides = zip(data.shape, step, point, strict=True)
    end = min(((size - 0.5 if s > 0 else -0.5) - p) / s for size, s, p in sides if s)
    crossings = sorted(t for t in crossings if t <= end * (1 + 1e-12))
    lengths = np.zeros(4)
    for begin, stop in pairwise(crossings):
        voxel = tuple(np.round(point + (begin + stop) / 2 * step).astype(int))
        if stop - begin > 1e-12 and data[voxel]:
            lengths[data[voxel] - 1] += stop - begin
    return lengths


def test_lengths_are_those_of_hand(cupy):
    """Needs nothing compiled but the kernel itself."""
    from napari_crystalseg.absorption.tracing.tracing_gpu import GpuGrid

    rng = np.random.default_rng(1)
    data = np.kron(rng.integers(0, 5, (4, 5, 3)), np.ones((4, 4, 4), int))[:13, :19, :11].astype(np.uint8)
    points = np.stack([rng.integers(0, n, 17) for n in data.shape], axis=1)
    steps = np.concatenate([rng.normal(size=(9, 3)), np.eye(3), -np.eye(3), [[0.6, 0.0, -0.8]]])
    mu, out = np.array([0.0, 0.01, 0.02, 0.03, 0.05]), np.empty((16, 5, 17))
    GpuGrid(data).trace(points, steps, mu, out)
    for number, step in enumerate(steps):
        for column, point in enumerate(points):
            lengths = steps_by_hand(data, point, step)
            np.testing.assert_allclose(out[number, 1:, column], lengths, atol=1e-9)
            assert out[number, 0, column] == pytest.approx(np.exp(-(mu[1:] * lengths).sum()))


def test_paths_are_those_of_the_processor(cupy, block):
    from napari_crystalseg.absorption.tracing.paths import TracingGrid

    labels = Labels(block.data, (0.3, 0.5, 1.1))
    rng = np.random.default_rng(2)
    points = np.argwhere(block.data == 3)[:96]
    directions = rng.normal(size=(41, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    found = []
    for backend in ("numpy", "cupy"):
        grid = TracingGrid(labels, backend=backend)
        out = np.empty((41, 5, 96))
        grid.trace(points, directions, np.array([0.0, 0.01, 0.02, 0.03, 0.05]), out)
        found.append((out, grid.trace_single(points[:41], directions)))
    for here, there in zip(*found, strict=True):
        np.testing.assert_allclose(there, here, rtol=1e-9, atol=1e-9)


def test_factors_are_those_of_the_processor(cupy, block, monkeypatch):
    from napari_crystalseg.absorption import Coefficients, Directions, absorb, sphere_directions

    directions = Directions(sphere_directions(37), sphere_directions(37)[::-1].copy())
    mu = Coefficients(0.01, 0.005, 0.012)
    there = absorb(block, mu, directions, tolerance=0)
    monkeypatch.setattr("napari_crystalseg.absorption.tracing.paths.array_module", lambda name: np)
    here = absorb(block, mu, directions, tolerance=0)
    assert 0 < here.absorption.min() < here.absorption.max() < 1
    np.testing.assert_allclose(there.absorption, here.absorption, rtol=1e-9)
