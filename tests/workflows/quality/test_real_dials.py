"""Real dials.scale on simulated data: corrected with the labels it finds the true structure factors better."""

import shutil
import subprocess

import numpy as np
import pytest

from helpers.dials_data import save_integrated
from napari_crystalseg.absorption import Coefficients, absorb
from napari_crystalseg.absorption.corrected_table import write_corrected_table
from napari_crystalseg.diffraction.merging.agreement import agreement_with
from napari_crystalseg.diffraction.merging.merging_statistics import merging_statistics
from napari_crystalseg.diffraction.merging.unmerged_intensities import UnmergedIntensities
from napari_crystalseg.experiment.table.reflection_file import read_reflection_file
from napari_crystalseg.labels import Labels
from napari_crystalseg.workflows.quality.observation import Noise, observed
from napari_crystalseg.workflows.quality.quality_scan import scan_of_files, simulated_scan
from napari_crystalseg.workflows.quality.treatment import treated

pytestmark = pytest.mark.skipif(shutil.which("dials.scale") is None, reason="DIALS is not installed")

MU = Coefficients(liquor=0.012, loop=0.008, crystal=0.014, energy_kev=4.0)
SCALED = (
    *("miller_index", "xyzobs.px.value", "flags", "inverse_scale_factor"),
    *("intensity.scale.value", "intensity.scale.variance"),
)
BAD_FOR_SCALING = 1 << 22 | 1 << 23 | 1 << 24


def sample():
    """A plate of a crystal in half a drop; voxels of 5 µm."""
    data = np.zeros((20, 24, 24), np.uint8)
    data[2:18, 2:16, 2:22] = 1
    data[6:14, 6:12, 6:20] = 3
    return Labels(data, 5.0)


def scaled(folder, table, *options):
    """Run dials.scale with a smooth scale and B, and read what it made."""
    command = ["dials.scale", f"{table}.refl", "integrated.expt", "anomalous=True", "output.html=None", *options]
    command += [f"output.reflections={table}_scaled.refl", f"output.experiments={table}_scaled.expt"]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "OMP_NUM_THREADS": "1"}
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=580, env=environment)
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
    return read_reflection_file(folder / f"{table}_scaled.refl", SCALED)


class Seen:
    """What dials.scale made of a table, merged by us."""

    def __init__(self, scan, table):
        # dials.scale leaves out rows and sorts none; each is known by its index and its image.
        def keys(index, image):
            return [(*map(int, hkl), round(float(at), 3)) for hkl, at in zip(index, image, strict=True)]

        images = read_reflection_file(scan.directions.files[1], ("xyzobs.px.value",)).columns["xyzobs.px.value"][:, 2]
        row = {key: number for number, key in enumerate(keys(scan.directions.miller_index, images))}
        at = [row[key] for key in keys(table.columns["miller_index"], table.columns["xyzobs.px.value"][:, 2])]
        bad = table.columns["flags"] & np.uint64(BAD_FOR_SCALING) != 0
        scale = np.where(bad, np.nan, table.columns["inverse_scale_factor"])
        intensity, sigma = np.full((2, len(scan)), np.nan)
        with np.errstate(invalid="ignore", divide="ignore"):
            intensity[at] = table.columns["intensity.scale.value"] / scale
            sigma[at] = np.sqrt(table.columns["intensity.scale.variance"]) / scale
        self.unmerged = UnmergedIntensities(scan.equivalents, intensity, sigma)
        self.overall = merging_statistics(self.unmerged, shells=1).overall


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dials")
    scan = simulated_scan("insulin", energy_kev=4.0, d_min=4.2, turn_deg=180)
    absorption = absorb(sample(), MU, scan.directions, tolerance=2e-3).absorption
    counted = observed(scan, absorption, Noise(i_over_sigma=60, instrument_error=0.01))
    directions = save_integrated(folder, scan, counted)
    factors = absorb(sample(), MU, directions, tolerance=2e-3)
    write_corrected_table(directions, factors, folder / "integrated_corrected.refl")
    return folder, scan, scan_of_files(directions), factors


@pytest.fixture(scope="module")
def by_dials(files):
    folder, _, found, _ = files
    off = "physical.absorption_correction=False"
    return {table: Seen(found, scaled(folder, table, off)) for table in ("integrated", "integrated_corrected")}


def test_dials_finds_the_true_intensities_better_with_the_correction(files, by_dials):
    _, scan, found, _ = files
    true = {tuple(hkl): value for hkl, value in zip(scan.directions.miller_index, scan.true_intensity, strict=True)}
    truth = np.array([true[tuple(hkl)] for hkl in found.directions.miller_index])
    without, corrected = (agreement_with(each.unmerged, truth) for each in by_dials.values())
    assert corrected.r_true < 0.8 * without.r_true
    assert corrected.anomalous_correlation > without.anomalous_correlation
    before, after = (each.overall for each in by_dials.values())
    assert after.r_meas < before.r_meas
    assert after.anomalous.correlation > before.anomalous.correlation


def test_our_scaling_makes_of_it_what_dials_does(files, by_dials):
    _, _, found, factors = files
    for seen, absorption in zip(by_dials.values(), (None, factors.absorption), strict=True):
        ours = treated(found, found.measured, absorption=absorption, simulated=False).statistics.overall
        assert ours.r_meas == pytest.approx(seen.overall.r_meas, rel=0.05)
        assert ours.r_meas_within == pytest.approx(seen.overall.r_meas_within, rel=0.05)
        assert ours.anomalous.correlation == pytest.approx(seen.overall.anomalous.correlation, abs=0.12)
