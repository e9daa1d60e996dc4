"""crystalseg models."""

from __future__ import annotations

import json
import shutil

import pytest

from helpers.untrained_model import write_untrained_model
from napari_crystalseg.cli import main


@pytest.fixture
def model(tmp_path):
    return write_untrained_model(tmp_path / "tiny", voxel_range_um=[0.3, 2.0])


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("CRYSTALSEG_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


def call(*words):
    return main(["models", *map(str, words)])


def test_installed_listed_shown_verified_removed(model, place, tmp_path, capsys):
    shutil.make_archive(str(tmp_path / "tiny"), "gztar", tmp_path, "tiny")
    assert call("install", tmp_path / "tiny.tar.gz", "--json") == 0
    installed = json.loads(capsys.readouterr().out)
    assert (installed["name"], installed["folder"], installed["told"]) == ("tiny", str(place / "tiny"), [])
    assert call("list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[:3]] == [
        [name, "bundled"] for name in ("compact2d", "compact3d", "guided3d")
    ]
    assert lines[3].split()[:2] == ["tiny", "installed"] and "voxels 0.3–2 µm" in lines[3]
    assert call("list", "--json") == 0
    assert [one["name"] for one in json.loads(capsys.readouterr().out)] == [
        "compact2d",
        "compact3d",
        "guided3d",
        "tiny",
    ]
    assert call("show", "tiny") == 0
    shown = capsys.readouterr().out
    assert "Where it fails" in shown and "0.3 to 2 µm" in shown and "BSD-3-Clause" in shown
    assert call("show", "tiny", "--json") == 0
    assert json.loads(capsys.readouterr().out)["card"]["name"] == "tiny"
    assert call("verify", "tiny") == 0
    assert "has the SHA-256 that the card says" in capsys.readouterr().out
    assert call("remove", "tiny", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"removed": str(place / "tiny")}
    assert not (place / "tiny").exists()


def test_model_that_is_not_as_its_card_says(model, place, capsys):
    card = json.loads((model / "card.json").read_text())
    (model / "card.json").write_text(json.dumps({**card, "sha256": "0" * 64}))
    shutil.copytree(model, place / "tiny")
    assert call("verify", "tiny") == 2
    told = capsys.readouterr()
    assert "! hash of the weights" in told.out and "Not to be used: tiny." in told.err
    assert call("verify", "tiny", "--json") == 2
    checks = json.loads(capsys.readouterr().out)["tiny"]
    assert [one["outcome"] for one in checks if one["name"] == "hash of the weights"] == ["wrong"]
    assert call("install", model, "--name", "other") == 2
    assert "not those that the card is of" in capsys.readouterr().err


def test_place_may_be_given(model, place, tmp_path, capsys):
    shared = tmp_path / "beamline"
    assert call("install", model, "--name", "i23", "--models-folder", shared) == 0
    assert capsys.readouterr().out.startswith("i23: ")
    assert (shared / "i23" / "plans.json").is_file() and not place.exists()
    assert call("show", "i23") == 2
    assert "There is no model 'i23'" in capsys.readouterr().err
    assert call("remove", "compact3d") == 2
    assert "comes with the package" in capsys.readouterr().err


def test_segment_takes_a_name_and_says_which_was_meant(model, place, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert call("install", model) == 0
    # The volume is missing, which is told after the model was found.
    assert main(["segment", "absent.tif", "out.tif", "--model", "tiny"]) == 2
    told = capsys.readouterr().err
    assert f"not the installed one of that name: for that, give {place / 'tiny'}" in told
    assert main(["segment", "absent.tif", "out.tif", "--model", "tinny"]) == 2
    assert "There is no model 'tinny'" in capsys.readouterr().err
