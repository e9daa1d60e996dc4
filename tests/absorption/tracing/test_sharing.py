from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from napari_crystalseg.absorption import Coefficients, Directions, absorb
from napari_crystalseg.experiment import Experiment, Reflections, Sweep
from napari_crystalseg.experiment.goniometer import Goniometer
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.samples import sample_data_folder

MU = Coefficients(liquor=0.02, loop=0.018, crystal=0.03, other=0.01)


def rotation_data(n, seed=0):
    """``n`` reflections of a rotation about +X, over the whole scan and scattering up to 70 degrees."""
    rng = np.random.default_rng(seed)
    two_theta, around = np.arccos(rng.uniform(np.cos(np.deg2rad(70)), 1, n)), rng.uniform(0, 2 * np.pi, n)
    s1 = np.stack([np.sin(two_theta) * np.cos(around), np.sin(two_theta) * np.sin(around), -np.cos(two_theta)], axis=1)
    axis = Goniometer.from_dict({"rotation_axis": [1, 0, 0]})
    experiment = Experiment((Sweep(np.array([0.0, 0.0, 1.0]), 1.0, axis, (0.0, 1.0)),))
    return Directions.of(experiment, Reflections(s1, rng.uniform(0, 2 * np.pi, n)))


def sample(n=36):
    """A tilted crystal block in a drop, with a loop and a bubble."""
    z, y, x = np.indices((n, n, n)) - (n - 1) / 2
    data = np.zeros((n, n, n), np.uint8)
    data[(z / 16) ** 2 + (y / 14) ** 2 + (x / 17) ** 2 < 1] = Material.LIQUOR
    data[(np.abs(x - 9) < 1.5) & (np.abs(y) < 12)] = Material.LOOP
    data[(np.abs(z + 0.3 * y) < 7) & (np.abs(y - 2) < 6) & (np.abs(x + 0.2 * z) < 5)] = Material.CRYSTAL
    data[(z + 9) ** 2 + (y - 4) ** 2 + x**2 < 9] = Material.OTHER
    return Labels(data, 1.5)


def test_many_reflections_are_interpolated_within_the_stated_error():
    labels, data = sample(), rotation_data(10_000)
    shared = absorb(labels, MU, data, tolerance=2e-3)
    step = shared.provenance.steps[-1]["interpolation"]
    assert step["incident_spacing_deg"] > 0
    assert step["scattered_spacing_deg"] > 0
    assert step["relative_error"]["rms"] <= 0.6e-3
    assert step["reflections_compared"] == 64
    some = np.arange(0, 10_000, 20)
    few = Directions(data.incident[some], data.leaving[some])
    truth = absorb(labels, MU, few, tolerance=0)
    assert truth.provenance.steps[-1]["interpolation"] is None
    off = shared.absorption[some] - truth.absorption
    assert (shared.standard_error[some] <= 2e-3 * shared.absorption[some]).all()
    assert np.sqrt(np.mean((off / shared.standard_error[some]) ** 2)) < 1.5
    for material, lengths in truth.path_length_um.items():
        assert np.sqrt(np.mean((shared.path_length_um[material][some] - lengths) ** 2)) < 0.05
    assert np.sqrt(np.mean((shared.weighted_path_um[some] - truth.weighted_path_um) ** 2)) < 0.05
    # Lengths between nodes are smoother than they are, so that their spread is a little too small.
    scale = np.sqrt(np.mean(truth.path_covariance_um2**2))
    assert np.sqrt(np.mean((shared.path_covariance_um2[some] - truth.path_covariance_um2) ** 2)) < 0.06 * scale


def test_the_standard_error_of_shared_paths_covers_the_truth_over_seeds():
    labels, data = sample(24), rotation_data(3000, seed=4)
    truth = absorb(labels, MU, data, tolerance=0).absorption
    pulls = []
    for seed in range(12):
        found = absorb(labels, MU, data, tolerance=1e-2, seed=seed)
        assert found.provenance.steps[-1]["interpolation"] is not None
        assert found.provenance.steps[-1]["crystal_voxels_traced"]["most"] < 1000
        pulls.append((found.absorption - truth) / found.standard_error)
    pulls = np.array(pulls)
    # Reflections of a run share their points, so that runs are what varies independently.
    assert np.sqrt(np.mean(pulls**2)) == pytest.approx(1, abs=0.3)
    assert np.abs(pulls.mean(axis=0)).mean() < 0.5
    assert (np.abs(pulls) < 2).mean() > 0.9


def test_with_no_tolerance_and_with_few_reflections_every_ray_is_traced():
    labels = sample(24)
    for data, tolerance in ((rotation_data(30), 1e-2), (rotation_data(600), 0)):
        factors = absorb(labels, MU, data, tolerance=tolerance)
        assert factors.provenance.steps[-1]["interpolation"] is None


def test_without_attenuation_shared_paths_give_exactly_one():
    factors = absorb(sample(24), Coefficients(0, 0, 0, other=0), rotation_data(9000), tolerance=5e-3)
    assert factors.provenance.steps[-1]["interpolation"] is not None
    assert (factors.absorption == 1).all()
    assert (factors.standard_error == 0).all()


def test_the_peer_phantom_with_a_thousand_reflections_stays_within_a_tenth_of_a_percent():
    """All of the peer's reflections and its own points: incident paths interpolated, against its exact column."""
    from napari_crystalseg.absorption.tracing.crystal_sample import CrystalSample
    from napari_crystalseg.absorption.tracing.nodes import circle_nodes, exact_nodes
    from napari_crystalseg.absorption.tracing.tracer import Tracer
    from napari_crystalseg.progress import silent

    peer = np.load(sample_data_folder() / "anacor_phantom200_851.npz")
    labels = Labels(peer["labels"], float(peer["voxel_um"]))
    mu = Coefficients(float(peer["mu_liquor"]), float(peer["mu_loop"]), float(peer["mu_crystal"]))
    axis = Goniometer.from_dict({"rotation_axis": [1, 0, 0]})
    sweep = Sweep(np.array([0.0, 0.0, 1.0]), 1 / np.linalg.norm(peer["s1"][0]), axis, (0.0, 1.0))
    rays = Directions.of(Experiment((sweep,)), Reflections(peer["s1"], peer["omega"]))
    coords = peer["coords"].astype(np.int64)
    nodes = circle_nodes(rays.incident, np.zeros(1000, int), 2.0)
    assert len(nodes) == 180
    means = Tracer(labels, mu).trace(
        nodes, exact_nodes(rays.leaving), CrystalSample(coords, np.ones(len(coords)), np.empty(0)), None, silent
    )
    off = means.absorption / peer["A_exact_voxelcentre"] - 1
    assert np.abs(off).max() < 1e-3
    assert abs(off.mean()) < 5e-5


def test_the_number_of_threads_changes_nothing():
    code = f"""
import hashlib, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_sharing import MU, rotation_data, sample
from napari_crystalseg.absorption import absorb
import numba
numba.set_num_threads(int(sys.argv[1]))
f = absorb(sample(20), MU, rotation_data(5000), tolerance=5e-3)
assert f.provenance.steps[-1]["interpolation"] is not None
columns = (f.absorption, f.standard_error, f.weighted_path_um, f.path_covariance_um2)
print(hashlib.sha256(b"".join(c.tobytes() for c in columns)).hexdigest())
"""
    environment = {**os.environ, "NUMBA_NUM_THREADS": "3"}
    found = {
        subprocess.run(
            [sys.executable, "-c", code, str(threads)], capture_output=True, text=True, check=True, env=environment
        ).stdout
        for threads in (1, 3)
    }
    assert len(found) == 1


def test_few_reflections_along_a_crack_are_counted_in_the_error():
    """Errors of interpolation have long tails where something is thin: the root of the mean square tells too little."""
    labels = sample(24)
    data = labels.data.copy()
    _, y, x = np.indices(data.shape) - 11.5
    data[(data == Material.CRYSTAL) & (np.abs(x + 0.4 * y) < 0.6)] = Material.AIR
    labels, table = Labels(data, (1.3, 1.0, 1.1)), rotation_data(4000, seed=2)
    mu = Coefficients(liquor=0.005, loop=0.018, crystal=0.1, other=0)
    truth = absorb(labels, mu, table, tolerance=0).absorption
    found = absorb(labels, mu, table, tolerance=1e-3)
    step = found.provenance.steps[-1]["interpolation"]
    assert step["relative_error"]["counted"] > 1.5 * step["relative_error"]["rms"]
    assert (np.abs(found.absorption - truth) < 1e-3 * truth).all()
    pulls = (found.absorption - truth) / found.standard_error
    assert np.sqrt(np.mean(pulls**2)) < 1.2
    assert (np.abs(pulls) < 4).mean() > 0.98
