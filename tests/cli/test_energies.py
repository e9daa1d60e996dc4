"""Coefficients of one photon energy are never used silently at another; the experiment of the sample is at 18.0 keV."""

from __future__ import annotations

import json

import numpy as np
import pytest
import yaml

from helpers.experiment_files import directions, joined, lopsided, rows, sweep
from napari_crystalseg.absorption import Coefficients, Directions, absorb
from napari_crystalseg.cli import main
from napari_crystalseg.io import save_labels, save_volume
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.samples import sample_data_folder
from napari_crystalseg.volume import Volume
from napari_crystalseg.wavelength import KEV_ANGSTROM
from napari_crystalseg.workflows.coefficient_energy import convert

FOLDER = sample_data_folder()
EXPT, REFL = FOLDER / "lcyst_01_first10_integrated.expt", FOLDER / "lcyst_01_first10_integrated.refl"
DATA = ("--experiment", EXPT, "--reflections", REFL)
MU = ("--mu-crystal", 0.003, "--mu-liquor", 0.0035, "--mu-loop", 0.0027)


def cube(other=0):
    data = np.zeros((12, 14, 16), dtype=np.uint8)
    data[2:10, 2:12, 2:14] = Material.LIQUOR
    data[4:8, 4:9, 5:11] = Material.CRYSTAL
    data.reshape(-1)[:other] = Material.OTHER
    return Labels(data, 2.0)


@pytest.fixture
def labels(tmp_path):
    save_labels(cube(), tmp_path / "labels.tif")
    return tmp_path / "labels.tif"


def run(*words):
    return main([str(word) for word in words])


def test_coefficients_of_another_energy_are_refused_by_every_command(labels, tmp_path, capsys):
    energy = (*MU, "--mu-energy-kev", 5.812, *DATA)
    for words in (
        ("absorb", labels, tmp_path / "a.json", *energy),
        ("sensitivity", labels, tmp_path / "s.tif", *energy),
        ("compare", labels, labels, tmp_path / "c", *energy),
        ("export", labels, tmp_path / "e", "--to", "anacor", *energy),
    ):
        assert run(*words) == 2, words
        told = capsys.readouterr().err
        assert "hold at 5.812 keV, but the diffraction experiment was made at 18 keV" in told
        assert "--convert-mu" in told
    assert not (tmp_path / "a.json").exists() and not (tmp_path / "s.tif").exists()
    # Not after the network has run, but before the volume is read.
    save_volume(Volume(np.zeros((4, 5, 6), np.float32), 1.0), tmp_path / "v.tif")
    assert run("process", tmp_path / "v.tif", tmp_path / "p", *energy) == 2
    assert not list((tmp_path / "p").glob("*.tif"))


def test_converted_coefficients_are_used_and_their_error_is_said(labels, tmp_path, capsys):
    out = tmp_path / "a.json"
    assert run("absorb", labels, out, *MU, "--mu-energy-kev", 5.812, "--convert-mu", *DATA, "--tolerance", 0.01) == 0
    assert "converted from 5.812 to 18 keV" in capsys.readouterr().out
    steps = json.loads(out.read_text())["provenance"]["steps"]
    step = next(step for step in steps if step["step"] == "absorb")
    assert step["coefficients_energy_kev"] == pytest.approx(18.0, rel=1e-3)
    # Absorption goes with the third power of the energy, (5.812/18)^3 = 0.034; scattering hardly falls.
    assert step["coefficients_per_um"]["crystal"] == pytest.approx(0.003 * 0.040, rel=0.05)


def test_what_does_not_say_its_energy_is_doubted_where_no_crystal_has_it(labels, tmp_path, capsys):
    assert run("absorb", labels, tmp_path / "a.json", *MU, *DATA, "--tolerance", 0.01) == 0
    told = capsys.readouterr().out
    assert "taken for those at 18 keV" in told
    assert "LOOK at the crystal's coefficient of 0.003" in told


def test_measured_coefficients_come_with_their_energy(labels, tmp_path, capsys):
    values = {name: {"value": 0.003} for name in ("crystal", "liquor", "loop")}
    values["other"] = {"value": None, "standard_error": None}
    file = tmp_path / "coefficients.json"
    file.write_text(json.dumps({"energy_kev": 5.812, "coefficients_per_um": values}))
    assert run("absorb", labels, tmp_path / "a.json", "--coefficients", file, *DATA) == 2
    assert "5.812 keV" in capsys.readouterr().err
    assert run("export", labels, tmp_path / "e", "--to", "anacor", "--coefficients", file) == 0
    text = (tmp_path / "e" / "default_mpprocess_input.yaml").read_text()
    assert text.startswith("# The attenuation coefficients were measured; they hold at 5.812 keV.\n")
    assert yaml.safe_load(text)["crac"] == 0.003


def test_class_4_is_not_taken_for_vacuum(tmp_path, capsys):
    save_labels(cube(other=5), tmp_path / "labels.tif")
    for words in (("absorb", tmp_path / "a.json"), ("sensitivity", tmp_path / "s.tif")):
        words = (words[0], tmp_path / "labels.tif", words[1], *MU, "--sphere", 5)
        assert run(*words) == 2
        assert "5 voxels are class 4 (other), which has no attenuation coefficient" in capsys.readouterr().err
        assert run(*words, "--mu-other", 0) == 0


def test_an_energy_that_contradicts_the_experiment_is_refused(tmp_path, capsys):
    save_volume(Volume(np.zeros((4, 5, 6), np.float32), 1.0), tmp_path / "v.tif")
    assert run("process", tmp_path / "v.tif", tmp_path / "p", "--energy-kev", 12.0, *DATA) == 2
    assert "The energy given is 12 keV, but the experiment was made at 18 keV" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--mu-energy-kev", 5.8), "give them"),
        (("--mu-energy-kev", 5800, *MU), "not eV"),
        (("--coefficients", "nothing.json"), "nothing.json"),
        ((*MU, "--coefficients", "nothing.json"), "not both"),
        ((*MU, "--convert-mu"), "none is given"),
        ((), "Give --mu-crystal"),
    ],
)
def test_half_of_what_is_needed_is_refused(labels, tmp_path, capsys, words, told):
    assert run("absorb", labels, tmp_path / "a.json", "--sphere", 5, *words) == 2
    assert told in capsys.readouterr().err


def test_sweeps_of_several_wavelengths_get_coefficients_of_their_own(tmp_path, capsys):
    one, other = sweep("a", 2.0), sweep("b", 3.0)
    both = joined(rows(), rows(seed=1, number=1, wavelength=3.0))
    made = directions(tmp_path, [one, other], both)
    files = ("--experiment", made.files[0], "--reflections", made.files[1])
    save_labels(lopsided(), tmp_path / "labels.tif")
    words = ("absorb", tmp_path / "labels.tif", tmp_path / "a.json", "--tolerance", 0, "--no-refl", *files)
    values = ("--mu-crystal", 0.02, "--mu-liquor", 0.01, "--mu-loop", 0.008, "--mu-energy-kev", KEV_ANGSTROM / 2)
    assert run(*words, *values) == 2
    assert "at 2 and 3 Å" in capsys.readouterr().err
    assert run(*words, *values, "--convert-mu") == 0
    found = np.array(json.loads((tmp_path / "a.json").read_text())["A"])
    mu = Coefficients(0.01, 0.008, 0.02, energy_kev=KEV_ANGSTROM / 2)
    for number, coefficients in ((0, mu), (1, convert(mu, KEV_ANGSTROM / 3).coefficients)):
        alone = Directions.of_files(*made.files, experiment_number=number)
        expected = absorb(lopsided(), coefficients, alone, tolerance=0).absorption
        assert np.allclose(found[60 * number :][:60], expected[60 * number :][:60], rtol=1e-12)
    assert not np.isnan(found).any()
    steps = json.loads((tmp_path / "a.json").read_text())["provenance"]["steps"]
    energies = [step["coefficients_energy_kev"] for step in steps if step["step"] == "absorb"]
    assert energies == pytest.approx([KEV_ANGSTROM / 2, KEV_ANGSTROM / 3])
