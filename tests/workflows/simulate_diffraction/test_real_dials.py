"""Simulated images through real DIALS, where it is installed: found, indexed and integrated as what they are."""

from __future__ import annotations

import os
import shutil
import subprocess

import numpy as np
import pytest

from napari_crystalseg.diffraction.lattice import Lattice
from napari_crystalseg.experiment import read_experiment
from napari_crystalseg.experiment.table.reflection_file import read_table
from napari_crystalseg.workflows.simulate_diffraction.diffraction_request import DiffractionRequest
from napari_crystalseg.workflows.simulate_diffraction.simulate_diffraction import simulate_diffraction

INTEGRATED_SUM = 1 << 8

pytestmark = pytest.mark.skipif(
    any(shutil.which(f"dials.{name}") is None for name in ("import", "find_spots", "index", "integrate")),
    reason="DIALS is not installed",
)


def dials(folder, name, *arguments):
    """Run a program of DIALS in a folder."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    for variable in ("PYTHONPATH", "PYTHONHOME"):
        environment.pop(variable, None)
    run = subprocess.run(
        [f"dials.{name}", *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]


@pytest.mark.parametrize("form", ["hdf5", "cbf"])
def test_dials_reads_where_each_row_of_a_barrel_stands(tmp_path, form):
    request = DiffractionRequest(detector="pilatus-12m", images=1, d_min=8.0, background="none", beam_stop=False)
    made = simulate_diffraction(tmp_path / "scan", request, form=form)
    dials(tmp_path, "import", *(str(file) for file in made.files if file.suffix in (".cbf", ".nxs")))
    read, true = (read_experiment(one).sweeps[0] for one in (tmp_path / "imported.expt", made.folder / "truth.expt"))
    assert read.wavelength == pytest.approx(true.wavelength, abs=1e-5)
    assert len(read.detector.panels) == 24
    for panel, other in zip(read.detector.panels, true.detector.panels, strict=True):
        assert panel.origin_mm == pytest.approx(other.origin_mm, abs=0.01)
        assert panel.fast == pytest.approx(other.fast, abs=1e-9)
        assert panel.slow == pytest.approx(other.slow, abs=1e-9)
        assert panel.sensor == pytest.approx(other.sensor, rel=0.01)


def test_dials_finds_the_cell_and_the_intensities(tmp_path):
    request = DiffractionRequest(
        detector="pilatus-2m",
        images=12,
        width_deg=0.5,
        mosaicity_deg=0.1,
        distance_mm=200.0,
        d_min=2.5,
        crystal_um=30.0,
        exposure_s=0.2,
        beam_stop=False,
        beam={"flux_per_s": 3e11, "size_um": (50.0, 50.0)},
        seed=3,
    )
    made = simulate_diffraction(tmp_path / "scan", request)
    images = sorted(str(file) for file in made.files if file.suffix in (".cbf", ".nxs"))
    dials(tmp_path, "import", *images)
    dials(tmp_path, "find_spots", "imported.expt", "nproc=1")
    dials(tmp_path, "index", "imported.expt", "strong.refl")
    dials(tmp_path, "integrate", "indexed.expt", "indexed.refl", "nproc=1", "prediction.d_min=2.5")

    found = read_experiment(tmp_path / "integrated.expt").sweeps[0]
    edges = sorted(Lattice.of_reciprocal_axes(found.reciprocal_axes, "P 1").cell[:3])
    assert edges == pytest.approx(sorted(Lattice.preset("lysozyme").cell[:3]), rel=2e-3)

    truth, _ = read_table(made.folder / "truth.refl")
    table, _ = read_table(tmp_path / "integrated.refl")
    rows = np.flatnonzero(table["flags"] & np.uint64(INTEGRATED_SUM))
    # By place, as the axes may be named otherwise.
    from scipy.spatial import cKDTree

    scale = [1.0, 1.0, 4.0]
    distance, nearest = cKDTree(truth["xyzcal.px"] * scale).query(table["xyzcal.px"][rows] * scale)
    rows, nearest = rows[distance < 2], nearest[distance < 2]
    whole = (truth["partiality"][nearest] > 0.99) & (table["partiality"][rows] > 0.99)
    rows, nearest = rows[whole], nearest[whole]
    assert len(rows) > 300
    true = truth["photons.true"][nearest]
    intensity, variance = table["intensity.sum.value"][rows], table["intensity.sum.variance"][rows]
    strong = intensity > 10 * np.sqrt(variance)
    assert np.median(intensity[strong] / true[strong]) == pytest.approx(1.0, abs=0.03)
    assert np.corrcoef(intensity[strong], true[strong])[0, 1] > 0.98
    # Its errors are those of the counting.
    weak = (true < 200) & (variance > 0)
    low, middle, high = np.percentile((intensity - true)[weak] / np.sqrt(variance[weak]), [16, 50, 84])
    assert middle == pytest.approx(0.0, abs=0.15)
    assert (high - low) / 2 == pytest.approx(1.0, abs=0.2)
    # Lorentz, polarisation and the sensor are counted alike.
    assert table["lp"][rows] / truth["lp"][nearest] == pytest.approx(1.0, rel=0.03)
    assert table["qe"][rows] / truth["qe"][nearest] == pytest.approx(1.0, rel=0.01)
