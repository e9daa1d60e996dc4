"""The wave optics of a simulated case can be chosen, and nothing else changes with it."""

import json

import numpy as np
import pytest

from napari_crystalseg.cli import main
from napari_crystalseg.errors import InputError
from napari_crystalseg.io import open_labels, open_scan
from napari_crystalseg.simulation.requests.case_request import CaseRequest
from napari_crystalseg.simulation.simulate import simulate, simulate_case

SMALL = {"size": 32, "angles": 12}


@pytest.fixture(scope="module")
def cases():
    ways = {"auto": {}, "absorption": {"propagation": "absorption"}, "multislice": {"slices": 4}}
    ways["multislice"]["propagation"] = "multislice"
    return {name: simulate_case(CaseRequest(7, **SMALL, **way), 0) for name, way in ways.items()}


def test_sample_and_noise_stay(cases):
    for case in cases.values():
        np.testing.assert_array_equal(case.labels.data, cases["auto"].labels.data)
        np.testing.assert_array_equal(case.scan.flats, cases["auto"].scan.flats)
        assert case.description["conditions"] == cases["auto"].description["conditions"]


def test_fringes_are_what_changes(cases):
    def transmission(name):
        scan = cases[name].scan
        dark = scan.darks.mean(axis=0)
        return (scan.projections - dark) / np.maximum(scan.flats.mean(axis=0) - dark, 1)

    fringes = np.abs(transmission("auto") - transmission("absorption")).mean()
    slices = np.abs(transmission("auto") - transmission("multislice")).mean()
    # What is left is mostly photon noise, drawn for slightly other means.
    assert slices < 0.5 * fringes


def test_manifest_says_how_and_how_well(cases):
    sampling = {name: case.description["sampling"] for name, case in cases.items()}
    assert (sampling["auto"]["propagation"], sampling["auto"]["slices"]) == ("projection", 1)
    assert (sampling["multislice"]["propagation"], sampling["multislice"]["slices"]) == ("plain", 4)
    assert sampling["absorption"]["propagation"] == "absorption"
    assert 0 < sampling["auto"]["estimated_error"] < 0.1


def test_command_line(tmp_path):
    words = ["simulate", str(tmp_path), "--n", "1", "--seed", "7", "--size", "32", "--angles", "6"]
    assert main([*words, "--propagation", "multislice", "--slices", "3"]) == 0
    manifest = json.loads((tmp_path / "case_0000/manifest.json").read_text())
    assert manifest["request"]["propagation"] == "multislice" and manifest["request"]["slices"] == 3
    assert manifest["description"]["sampling"]["slices"] == 3
    step = open_scan(tmp_path / "case_0000/scan.h5").provenance.steps
    assert any(s.get("propagation") == "multislice" for s in step)
    # The same folder is not taken for a case without the option.
    assert main(words) == 2


def test_refusals(tmp_path):
    with pytest.raises(InputError, match="needs a number of slices"):
        simulate(tmp_path, 1, CaseRequest(0, propagation="multislice", **SMALL))
    with pytest.raises(InputError, match="must be one of"):
        simulate(tmp_path, 1, CaseRequest(0, propagation="ray", **SMALL))


def test_partial_volumes(tmp_path, cases):
    words = [
        "simulate",
        str(tmp_path),
        "--n",
        "1",
        "--seed",
        "7",
        "--size",
        "32",
        "--angles",
        "12",
        "--partial-volumes",
    ]
    assert main(words) == 0
    folder = tmp_path / "case_0000"
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["request"]["partial_volumes"] is True
    assert manifest["description"]["drawn"]["partial_volume_points"] == 3
    steps = open_scan(folder / "scan.h5").provenance.steps
    assert any(len(step.get("fractions_sha256", "")) == 64 for step in steps)
    # The truth and the noise stay; of the projections only those change that meet an outline.
    plain = cases["auto"]
    np.testing.assert_array_equal(open_labels(folder / "labels.tif").data, plain.labels.data)
    scan = open_scan(folder / "scan.h5")
    np.testing.assert_array_equal(scan.flats, plain.scan.flats)
    change = (scan.projections.astype(float) - plain.scan.projections) / np.maximum(plain.scan.flats.mean(axis=0), 1)
    assert 0 < np.abs(change).mean() < 0.02
    # The same folder is not taken for a case without the option.
    assert main(words[:-1]) == 2
