"""What a later stage would refuse is told before the work begins, in one sentence."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest

import napari_crystalseg
from napari_crystalseg.cli import main
from napari_crystalseg.io import open_scan, save_scan, save_volume
from napari_crystalseg.samples import sample_data_folder
from napari_crystalseg.segmentation import ModelFolder
from napari_crystalseg.volume import Volume

BUNDLED = Path(napari_crystalseg.__file__).parent / "models" / "compact3d"
WEIGHTS = Path("fold_0") / "checkpoint_final.pth"


def call(*words):
    return main([str(word) for word in words])


@pytest.fixture
def model(tmp_path):
    return Path(shutil.copytree(BUNDLED, tmp_path / "model"))


@pytest.fixture
def volume(tmp_path):
    save_volume(Volume(np.random.default_rng(0).normal(0, 1, (24, 24, 24)).astype(np.float32), 1.0), tmp_path / "v.tif")
    return tmp_path / "v.tif"


def cut(model):
    whole = (model / WEIGHTS).read_bytes()
    (model / WEIGHTS).write_bytes(whole[: len(whole) // 2])


def fewer_classes(model):
    record = json.loads((model / "dataset.json").read_text())
    record["labels"] = {"background": 0, "crystal": 1}
    (model / "dataset.json").write_text(json.dumps(record))


def change_plans(change):
    def changed(model):
        record = json.loads((model / "plans.json").read_text())
        (configuration,) = record["configurations"].values()
        change(configuration)
        (model / "plans.json").write_text(json.dumps(record))

    return changed


FAULTS = {
    "cut": (cut, "is not a file of weights, is damaged"),
    "no plans": (lambda model: (model / "plans.json").unlink(), "it has no plans.json"),
    "no weights": (lambda model: (model / WEIGHTS).unlink(), "checkpoint_final.pth"),
    "classes": (fewer_classes, "weights do not fit the network of its plans"),
    "patch": (change_plans(lambda c: c.update(patch_size=[90, 90, 90])), "each voxel of a patch of 90 × 90 × 90"),
    "features": (
        change_plans(lambda c: c["architecture"]["arch_kwargs"].update(features_per_stage=[8, 16, 32, 64])),
        "weights do not fit the network of its plans",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("command", ["process", "segment"])
def test_a_model_that_cannot_be_used_is_told_before_the_volume_is_read(model, tmp_path, capsys, command, fault):
    spoil, said = FAULTS[fault]
    spoil(model)
    # A volume that cannot be opened is told second.
    (tmp_path / "v.tif").write_bytes(b"no TIFF")
    out = tmp_path / ("out" if command == "process" else "out.tif")
    assert call(command, tmp_path / "v.tif", out, "--model", model) == 2
    told = capsys.readouterr().err
    assert said in told and len(told.splitlines()) == 1
    assert not out.exists()


def test_the_bundled_model_fits(model):
    ModelFolder(model).check()


def test_an_energy_of_the_scan_that_no_table_has_is_told_before_the_reconstruction(tmp_path, capsys):
    scan = open_scan(sample_data_folder() / "simulated_scan.h5")
    save_scan(replace(scan, energy_kev=5810.0), tmp_path / "ev.h5")
    assert call("process", tmp_path / "ev.h5", tmp_path / "out") == 2
    told = capsys.readouterr().err
    assert "give energies in keV, not eV" in told and "Reconstructing" not in told
    assert not (tmp_path / "out").exists()


def test_class_4_alone_is_for_process_only(volume, tmp_path, capsys):
    assert call("process", volume, tmp_path / "out", "--mu-other", -1) == 2
    assert "of other must be zero or positive" in capsys.readouterr().err
    assert call("absorb", volume, tmp_path / "a.json", "--mu-other", 0) == 2
    assert "--mu-other goes with --mu-crystal" in capsys.readouterr().err
    assert call("export", volume, tmp_path / "a", "--to", "anacor", "--mu-other", 0) == 2
    assert "--mu-other goes with --mu-crystal" in capsys.readouterr().err


# Two files, each of which may hold several volumes.


@pytest.fixture
def several(tmp_path):
    """A file of two label volumes, one of them in another order of axes."""
    labels = np.zeros((10, 12, 14), np.uint8)
    labels[2:8, 2:9, 2:11], labels[3:7, 4:7, 5:9] = 1, 3
    with h5py.File(tmp_path / "two.h5", "w") as file:
        file["manual"], file["automatic"] = labels, labels.transpose(2, 1, 0)
    return tmp_path / "two.h5"


def test_evaluate_and_compare_take_axes_and_dataset(several, tmp_path, capsys):
    assert call("evaluate", several, several) == 2
    assert "--dataset" in capsys.readouterr().err
    words = ("--dataset", "manual", "--dataset-b", "automatic", "--axes", "zyx", "--axes-b", "xyz")
    assert call("evaluate", several, several, *words, "--json", tmp_path / "e.json") == 0
    assert json.loads((tmp_path / "e.json").read_text())["mean"]["dice"] == 1
    mu = ("--mu-crystal", 0.02, "--mu-liquor", 0.01, "--mu-loop", 0.01, "--sphere", 8, "--tolerance", 0)
    assert call("compare", several, several, tmp_path / "c", *mu, *words, "--voxel-size-um", 2) == 0
    found = json.loads((tmp_path / "c" / "comparison.json").read_text())
    assert found["classes"]["crystal"]["dice"] == 1
    assert found["absorption"]["max_relative_difference"] == 0
    assert call("evaluate", several, several, "--dataset", "manual") == 0
