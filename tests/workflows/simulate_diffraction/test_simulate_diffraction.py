from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from napari_crystalseg.diffraction.beam import DiffractionBeam
from napari_crystalseg.diffraction.detectors import preset_detector
from napari_crystalseg.diffraction.lattice import Lattice
from napari_crystalseg.diffraction.rotation import rotation_sweep
from napari_crystalseg.errors import InputError
from napari_crystalseg.experiment import Detector, read_experiment, read_reflections
from napari_crystalseg.experiment.experiment_writing import write_experiment
from napari_crystalseg.experiment.table.reflection_file import read_table
from napari_crystalseg.io import open_labels
from napari_crystalseg.io.diffraction_images import open_diffraction_image
from napari_crystalseg.labels import Labels
from napari_crystalseg.samples import sample_data_folder
from napari_crystalseg.workflows.simulate_diffraction.diffraction_request import DiffractionRequest
from napari_crystalseg.workflows.simulate_diffraction.simulate_diffraction import simulate_diffraction

SMALL = {"detector": "pilatus-2m", "d_min": 3.0, "images": 2, "width_deg": 0.5, "seed": 3, "beam_stop": False}


@pytest.fixture(scope="module")
def scan(tmp_path_factory):
    """Two images of lysozyme in CBF."""
    return simulate_diffraction(tmp_path_factory.mktemp("scan") / "out", DiffractionRequest(**SMALL))


def test_a_scan_is_written_with_its_truth(scan):
    names = {file.name for file in scan.files}
    assert names == {"image_00001.cbf", "image_00002.cbf", "truth.expt", "truth.refl", "truth.csv", "diffraction.json"}
    sweep = read_experiment(scan.folder / "truth.expt").sweeps[0]
    table = read_reflections(scan.folder / "truth.refl")
    assert len(table.miller_index) == scan.figures["reflections"]
    assert sweep.image_range == (1, 2)
    assert Lattice.of_sweep(sweep).cell == pytest.approx(Lattice.preset("lysozyme").cell)
    record = json.loads((scan.folder / "diffraction.json").read_text())
    assert record["seed"] == 3
    assert record["steps"][-1]["step"] == "simulate_diffraction"
    with (scan.folder / "truth.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == scan.figures["reflections"]
    assert {row["A"] for row in rows} == {"1"}


def test_bright_spots_lie_where_the_truth_says(scan):
    columns, _ = read_table(scan.folder / "truth.refl")
    images = [open_diffraction_image(scan.folder / f"image_0000{n}.cbf") for n in (1, 2)]
    photons = columns["photons.true"] * columns["partiality"]
    checked = 0
    for row in np.argsort(photons)[::-1][:40]:
        fast, slow = columns["xyzcal.px"][row, :2].astype(int)
        box = np.s_[max(slow - 4, 0) : slow + 5, max(fast - 4, 0) : fast + 5]
        if images[0].mask[box].any() or np.abs(columns["zeta"][row]) < 0.3:
            continue
        counts = sum(image.counts[box].sum() for image in images)
        counts -= sum(np.median(image.counts[box]) * 81 for image in images)
        assert counts == pytest.approx(photons[row], rel=0.1)
        checked += 1
    assert checked >= 5


def test_the_same_request_gives_the_same_bytes(scan, tmp_path):
    again = simulate_diffraction(tmp_path / "again", DiffractionRequest(**SMALL))
    for one, other in zip(scan.files, again.files, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name


def test_labels_weaken_the_reflections(tmp_path):
    labels = open_labels(sample_data_folder() / "simulated_labels.tif")
    request = DiffractionRequest(**{**SMALL, "beam": {"energy_kev": 5.0}, "d_min": 4.0, "images": 1})
    made = simulate_diffraction(tmp_path / "absorbed", request, labels=labels)
    columns, _ = read_table(made.folder / "truth.refl")
    factors = columns["absorption_factor.true"]
    assert 0 < factors.min() < factors.max() < 1
    assert made.statements
    record = json.loads((made.folder / "diffraction.json").read_text())
    assert any("absorb" in step["step"] for step in record["steps"])


def test_stills_tell_hits_from_empty_images(tmp_path):
    request = DiffractionRequest(**{**SMALL, "width_deg": 0.1, "images": 3, "stills": True, "empty_part": 0.34})
    made = simulate_diffraction(tmp_path / "stills", request, form="hdf5")
    assert made.figures["hits"] == 2
    with (made.folder / "truth_hits.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert sorted(int(row["hit"]) for row in rows) == [0, 1, 1]
    assert all((float(row["photons"]) > 0) == (row["hit"] == "1") for row in rows)
    sweeps = read_experiment(made.folder / "truth.expt").sweeps
    assert sum(sweep.reciprocal_axes is not None for sweep in sweeps) == 2
    columns, names = read_table(made.folder / "truth.refl")
    assert len(names) == 3
    # In each still its crystal's points lie within the width of the sphere that was asked for.
    for number, sweep in enumerate(sweeps):
        rows = columns["id"] == number
        if sweep.reciprocal_axes is None:
            assert not rows.any()
            continue
        q = columns["miller_index"][rows] @ sweep.reciprocal_axes.T
        off = np.linalg.norm(q - np.array([0, 0, 1]) / sweep.wavelength, axis=1) - 1 / sweep.wavelength
        assert np.abs(off).max() < 0.002


def test_an_experiment_says_geometry_scan_and_crystal(tmp_path):
    path = sample_data_folder() / "lcyst_01_first10_integrated.expt"
    made = simulate_diffraction(tmp_path / "like", DiffractionRequest(experiment=path, d_min=0.7, images=1))
    sweep, given = (read_experiment(one).sweeps[0] for one in (made.folder / "truth.expt", path))
    assert sweep.image_range == (1, 1)
    assert any("truth.expt" in said for said in made.statements)
    assert sweep.goniometer.rotation(0.1) == pytest.approx(given.goniometer.rotation(0.1))
    assert sweep.reciprocal_axes == pytest.approx(given.reciprocal_axes)


def test_panels_that_a_file_lays_over_each_other_are_written_apart(tmp_path):
    """As DIALS leaves the modules of NXmx, each at the first pixel of its frame."""
    beam = DiffractionBeam()
    detector = Detector(tuple(replace(one, frame_px=(0, 0)) for one in preset_detector("pilatus-12m").panels))
    sweep = rotation_sweep(beam, detector, images=1, lattice=Lattice.preset("lysozyme").turned(1))
    write_experiment(tmp_path / "modules.expt", [sweep])
    request = DiffractionRequest(experiment=tmp_path / "modules.expt", d_min=6.0, background="none", beam_stop=False)
    made = simulate_diffraction(tmp_path / "apart", request, form="hdf5")
    image = open_diffraction_image(made.folder / "images.nxs")
    assert image.shape == (24 * 195, 2463)
    panels = read_experiment(made.folder / "truth.expt").sweeps[0].detector.panels
    assert [panel.frame_px for panel in panels] == [(0, 195 * row) for row in range(24)]
    columns, _ = read_table(made.folder / "truth.refl")
    row = int(np.argmax(columns["photons.true"] * columns["partiality"]))
    fast, slow = columns["xyzcal.px"][row, :2].astype(int)
    slow += 195 * int(columns["panel"][row])
    assert image.counts[slow - 3 : slow + 4, fast - 3 : fast + 4].sum() > 0.5 * image.counts.max()


def test_what_is_beside_the_beam_does_not_scatter_and_nothing_seen_is_told(tmp_path):
    request = DiffractionRequest(**{**SMALL, "images": 1, "crystal_um": 80.0, "beam": {"size_um": (10.0, 20.0)}})
    assert request.lit_volume_um3(request.made_beam()) == 80 * 10 * 20
    aside = DiffractionRequest(**{**SMALL, "images": 1, "beam_centre_px": (-9000.0, -9000.0), "background": "none"})
    made = simulate_diffraction(tmp_path / "aside", aside)
    assert made.figures["reflections"] == 0
    assert "No reflection falls on the detector" in made.statements[0]


@pytest.mark.parametrize("two_theta_deg", [30.0, 120.0])
def test_a_detector_on_an_arm_is_stated_by_nxmx(tmp_path, two_theta_deg):
    """Also where the beam passes beside it, or it looks back."""
    request = DiffractionRequest(**{**SMALL, "images": 1, "two_theta_deg": two_theta_deg})
    made = simulate_diffraction(tmp_path / "arm", request)
    assert made.figures["format"] == "hdf5"
    image = open_diffraction_image(made.folder / "images.nxs")
    panel = read_experiment(made.folder / "truth.expt").sweeps[0].detector.panels[0]
    assert image.axes.origin_mm == pytest.approx(panel.origin_mm)
    assert image.axes.slow == pytest.approx(panel.slow)


@pytest.mark.parametrize(
    ("request_of", "options", "sentence"),
    [
        ({"images": 0}, {}, "Ask for 1 to"),
        ({"background": "fog"}, {}, "The background is"),
        ({"crystal": "haemoglobin"}, {}, "no crystal form"),
        ({"detector": "film"}, {}, "no detector"),
        ({"empty_part": 0.5}, {}, "among stills"),
        ({}, {"form": "tiff"}, "hdf5 or cbf"),
        ({"stills": True, "width_deg": 1.0}, {}, "the width would have no effect"),
        ({"experiment": Path("a.expt"), "distance_mm": 99.0}, {}, "the distance would have no effect"),
        ({"model": Path("a.pdb"), "b_factor": 30.0}, {}, "the b factor would have no effect"),
        ({"experiment": Path("a.expt")}, {}, "no file a.expt"),
    ],
)
def test_requests_that_cannot_be_met(tmp_path, request_of, options, sentence):
    with pytest.raises(InputError, match=sentence):
        simulate_diffraction(tmp_path / "out", DiffractionRequest(**request_of), **options)
    assert not list(tmp_path.iterdir())


def test_a_folder_of_the_user_stays(tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "notes.txt").write_text("keep")
    with pytest.raises(InputError, match="not written by this program"):
        simulate_diffraction(mine, DiffractionRequest(**SMALL))
    assert [file.name for file in Path(mine).iterdir()] == ["notes.txt"]


def test_labels_without_a_crystal_diffract_nothing(tmp_path):
    with pytest.raises(InputError, match="no crystal"):
        simulate_diffraction(
            tmp_path / "out", DiffractionRequest(**SMALL), labels=Labels(np.zeros((4, 4, 4), np.uint8), 5.0)
        )
    assert not list(tmp_path.iterdir())


def test_of_several_experiments_is_said_which_is_simulated(scan, tmp_path):
    record = json.loads((scan.folder / "truth.expt").read_text())
    record["experiment"].append({**record["experiment"][0], "identifier": "another"})
    (tmp_path / "two.expt").write_text(json.dumps(record))
    request = DiffractionRequest(experiment=tmp_path / "two.expt", images=1, d_min=8.0, background="none")
    found = simulate_diffraction(tmp_path / "out", request)
    assert "Experiment 0 of 2" in found.statements[0]
