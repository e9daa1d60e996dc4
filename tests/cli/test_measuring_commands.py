"""The commands that compare labels with a raw scan, on the shipped sample."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from napari_crystalseg.cli import main
from napari_crystalseg.io import open_scan, save_scan
from napari_crystalseg.samples import sample_data_folder

SCAN, LABELS = sample_data_folder() / "simulated_scan.h5", sample_data_folder() / "simulated_labels.tif"


@pytest.fixture
def thin_scan(tmp_path):
    """Every tenth projection of the sample: quicker."""
    scan = open_scan(SCAN)
    save_scan(replace(scan, projections=scan.projections[::10], angles_deg=scan.angles_deg[::10]), tmp_path / "thin.h5")
    return tmp_path / "thin.h5"


def call(*words):
    return main([str(word) for word in words])


def test_coefficients_writes_values_with_errors_and_a_plot(thin_scan, tmp_path, capsys):
    assert call("coefficients", thin_scan, LABELS, "--out", tmp_path / "new") == 0
    record = json.loads((tmp_path / "new" / "coefficients.json").read_text())
    crystal = record["coefficients_per_um"]["crystal"]
    assert abs(crystal["value"] - 0.0030189) < 3 * crystal["standard_error"]
    assert record["coefficients_per_um"]["other"]["value"] is None
    assert record["energy_kev"] == pytest.approx(5.812, abs=1e-3)
    assert record["diagnostics"]["geometry"]["decided"]
    assert (tmp_path / "new" / "residuals.png").read_bytes()[1:4] == b"PNG"
    assert "crystal  0.00" in capsys.readouterr().out


def test_geometry_says_that_labels_and_scan_agree(tmp_path, capsys):
    picture, scores = tmp_path / "overlay.png", tmp_path / "scores.json"
    assert call("geometry", SCAN, LABELS, "--angle", 20, "--picture", picture, "--json", scores) == 0
    assert picture.read_bytes()[1:4] == b"PNG"
    record = json.loads(scores.read_text())
    assert record["best"]["sense"] == 1
    assert record["decided"]
    assert "Labels and projections agree" in capsys.readouterr().out


def test_geometry_of_an_output_that_is_an_input_is_refused(capsys):
    assert call("geometry", SCAN, LABELS, "--picture", LABELS) == 2
    assert "named twice" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--angle", "nan"), "--angle is an angle"),
        (("--picture", "overlay.jpg"), "ends in .png"),
        (("--centre", "5000"), "outside the detector"),
    ],
)
def test_geometry_refuses_what_cannot_be_shown(words, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert call("geometry", SCAN, LABELS, *words) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_coefficients_refuse_an_axis_outside_the_detector(capsys, thin_scan, tmp_path):
    assert call("coefficients", thin_scan, LABELS, "--centre", 9999, "--out", tmp_path / "new") == 2
    assert "outside the detector" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()
