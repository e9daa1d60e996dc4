"""crystalseg places, through the door of the shell."""

from __future__ import annotations

import json

import numpy as np

from napari_crystalseg.absorption import Coefficients, Directions
from napari_crystalseg.cli import main
from napari_crystalseg.io import save_labels, save_uncertainty
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.review.places.ranking import rank_places

MU = ("--mu-crystal", "0.03", "--mu-liquor", "0.02", "--mu-loop", "0.018")


def test_the_list_is_that_of_the_library(tmp_path, capsys):
    data = np.zeros((12, 12, 14), np.uint8)
    data[1:11, 1:11, 1:13] = Material.LIQUOR
    data[3:9, 3:8, 4:9] = Material.CRYSTAL
    unsure = np.zeros(data.shape, np.uint8)
    unsure[3:9, 6:10, 4:9] = 90
    labels = Labels(data, (1.0, 1.2, 0.8))
    save_labels(labels, tmp_path / "labels.tif")
    save_uncertainty(unsure, labels, tmp_path / "unsure.tif")
    files = [str(tmp_path / name) for name in ("labels.tif", "unsure.tif", "places.json")]
    words = ["places", files[0], *MU, "--sphere", "9", "--uncertainty", files[1], "--json", files[2]]
    assert main(words) == 0
    mu = Coefficients(liquor=0.02, loop=0.018, crystal=0.03)
    found = rank_places(labels, mu, Directions.over_sphere(9), uncertainty=unsure)
    assert json.loads((tmp_path / "places.json").read_text()) == json.loads(json.dumps(found.to_dict()))
    said = capsys.readouterr().out
    assert found.places[0].reason in said
    assert found.sentence() in said


def test_what_cannot_be_done_is_said(tmp_path, capsys):
    save_labels(Labels(np.zeros((4, 4, 4), np.uint8), 1.0), tmp_path / "labels.tif")
    words = ["places", str(tmp_path / "labels.tif"), *MU]
    assert main(words) == 2
    assert "no crystal" in capsys.readouterr().err
    assert main([*words, "--json", "list.txt"]) == 2
    assert "not a JSON file" in capsys.readouterr().err
    assert main([*words, "--model", "folder"]) == 2
    assert "--volume" in capsys.readouterr().err
