from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.absorption import Coefficients, path_lengths, sphere_directions
from napari_crystalseg.absorption.tracing import tracer as module
from napari_crystalseg.absorption.tracing.crystal_sample import CrystalVoxels
from napari_crystalseg.absorption.tracing.nodes import exact_nodes, sphere_nodes
from napari_crystalseg.absorption.tracing.tracer import Tracer
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.progress import silent

MU = Coefficients(liquor=0.02, loop=0.018, crystal=0.03, other=0.01)


def patches(shape=(22, 18, 25), seed=6):
    coarse = np.random.default_rng(seed).integers(0, 5, [n // 3 + 1 for n in shape])
    return Labels(np.kron(coarse, np.ones((3, 3, 3), int))[: shape[0], : shape[1], : shape[2]], (1.0, 0.8, 1.3))


def test_means_and_their_errors_agree_with_single_rays():
    labels = patches()
    sample = CrystalVoxels(labels).draw(90, np.random.default_rng(0))
    incident, leaving = sphere_directions(7), -sphere_directions(7)[::-1]
    means = Tracer(labels, MU).trace(exact_nodes(incident), exact_nodes(leaving), sample, None, silent)
    for h in range(7):
        lengths = path_lengths(labels, sample.points, incident[h]) + path_lengths(labels, sample.points, leaving[h])
        lengths = lengths[:, 1:]
        through = np.exp(-lengths @ MU.array()[1:])
        w = sample.weights / sample.weights.sum()
        a = (w * through).sum()
        assert means.absorption[h] == pytest.approx(a, rel=1e-12)
        spread = (sample.pair_weights * (through[::2] - through[1::2]) ** 2).sum()
        assert means.standard_error[h] == pytest.approx(np.sqrt(spread) / sample.weights.sum(), rel=1e-9)
        assert means.path_length_um[h] == pytest.approx(w @ lengths, rel=1e-12)
        weighted = (w * through) @ lengths / a
        assert means.weighted_path_um[h] == pytest.approx(weighted, rel=1e-12)
        centred = lengths - weighted
        covariance = (centred * (w * through / a)[:, np.newaxis]).T @ centred
        assert means.path_covariance_um2[h] == pytest.approx(covariance, rel=1e-8, abs=1e-8)
    assert (means.lit_fraction == 1).all()


def test_batches_of_reflections_and_calls_change_nothing(monkeypatch):
    labels = patches()
    sample = CrystalVoxels(labels).draw(300, np.random.default_rng(0))
    ways = sphere_directions(60), -sphere_directions(60)
    whole = Tracer(labels, MU).trace(*(exact_nodes(d) for d in ways), sample, None, silent)
    for name, size in (
        ("DIRECTIONS_A_BATCH", 30),
        ("REFLECTIONS_A_BATCH", 17),
        ("RAYS_A_CALL", 700),
        ("SUMS_A_CALL", 900),
    ):
        monkeypatch.setattr(module, name, size)
        parts = Tracer(labels, MU).trace(*(exact_nodes(d) for d in ways), sample, None, silent)
        assert parts.absorption.tobytes() == whole.absorption.tobytes()
        assert parts.path_covariance_um2.tobytes() == whole.path_covariance_um2.tobytes()


def test_progress_rises_to_one_for_shared_paths():
    labels, seen = patches(), []
    sample = CrystalVoxels(labels).draw(300, np.random.default_rng(0))
    nodes = sphere_nodes(sphere_directions(3000), 10.0)
    assert nodes.interpolated
    Tracer(labels, MU).trace(nodes, nodes, sample, None, lambda fraction, message: seen.append(fraction))
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1)
    assert Material.CRYSTAL in labels.data
