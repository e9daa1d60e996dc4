"""crystalseg diffraction geometry."""

from __future__ import annotations

import json

import numpy as np
import pytest

from helpers.diffraction_files import PILATUS, write_minicbf
from napari_crystalseg.cli import main
from napari_crystalseg.diffraction.geometry.detector_geometry import DetectorGeometry

HEADER = PILATUS.replace("(33.50, 21.25)", "(100.0, 90.0)")
TRUE = DetectorGeometry.of_tilt((104.0, 92.0), 200.0, 0.172, (200, 180), 0, 0, 1.0)


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    rows, columns = np.mgrid[:180, :200] + 0.5
    angle = TRUE.two_theta_rad(np.column_stack([columns.ravel(), rows.ravel()])).reshape(180, 200)
    counts = np.random.default_rng(0).poisson(5 + 60 * np.exp(-angle / 0.03)).astype(np.int32)
    return write_minicbf(tmp_path_factory.mktemp("images") / "a.cbf", counts, HEADER)


def test_an_image_without_a_word_before_it(image, capsys):
    assert main(["diffraction", "geometry", str(image), "--no-network", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["beam_centre_px"] == pytest.approx([104.0, 92.0], abs=1.0)
    assert found["header"]["beam_centre_px"] == [100.0, 90.0]
    assert {"header", "background"} <= found["answers"].keys()
    assert any("header's beam centre" in text for text in found["sentences"])


def test_options_may_come_first_and_files_are_written(image, tmp_path, capsys):
    picture = tmp_path / "a.png"
    words = ["--no-network", "--export", "poni", "--out", str(tmp_path), "--picture", str(picture), str(image)]
    assert main(["diffraction", "geometry", *words]) == 0
    assert (tmp_path / "a.poni").read_text().startswith("# Written by napari-crystalseg\nponi_version: 2\n")
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert "by background" in capsys.readouterr().out


def test_what_cannot_be_is_one_sentence(image, tmp_path, capsys):
    bad = tmp_path / "bad.cbf"
    bad.write_bytes(image.read_bytes()[:400])
    assert main(["diffraction", "geometry", str(bad)]) == 2
    assert "without image data" in capsys.readouterr().err
    assert main(["diffraction", "geometry", str(bad), str(image), "--no-network", "--json"]) == 2
    told = capsys.readouterr()
    both = json.loads(told.out)
    assert "error" in both[0] and "beam_centre_px" in both[1]
    assert "1 of 2 images" in told.err
    assert main(["diffraction", "geometry", str(image), "--export", "pdf"]) == 2
    assert "--export is poni, expt, xds" in capsys.readouterr().err
