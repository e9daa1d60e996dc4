"""crystalseg quality, through the door of the shell."""

from __future__ import annotations

import json

import numpy as np
import pytest

from napari_crystalseg.cli import main
from napari_crystalseg.io import save_labels
from napari_crystalseg.labels import Labels

MU = ("--mu-crystal", "0.014", "--mu-liquor", "0.012", "--mu-loop", "0.008", "--mu-energy-kev", "4")
SCAN = ("--crystal", "insulin", "--d-min", "7")


@pytest.fixture
def files(tmp_path):
    data = np.zeros((20, 24, 24), np.uint8)
    data[2:18, 2:16, 2:22] = 1
    data[6:14, 6:12, 6:20] = 3
    save_labels(Labels(data, 5.0), tmp_path / "true.tif")
    data[:, :, 2:8][data[:, :, 2:8] == 1] = 0
    save_labels(Labels(data, 5.0), tmp_path / "labels.tif")
    return [str(tmp_path / name) for name in ("labels.tif", "true.tif", "q.json", "q.txt", "q.png")]


@pytest.mark.parametrize("words", [("quality",), ("diffraction", "quality")], ids=["alone", "in the group"])
def test_table_sentences_and_files(files, words, capsys):
    labels, true, record, text, picture = files
    outputs = ("--json", record, "--text", text, "--picture", picture)
    assert main([*words, labels, true, *MU, *SCAN, "--places", "0", *outputs]) == 0
    said = capsys.readouterr().out
    with open(record, encoding="utf-8") as file:
        found = json.load(file)
    assert found["cost_percent_of_r_meas"]["labels"] > 0
    assert found["cost_percent_of_r_meas"]["none"] > found["cost_percent_of_r_meas"]["labels"]
    assert found["sentences"][0] in said
    assert "Anomalous slope" in said
    assert "the files give" not in said
    with open(text, encoding="utf-8") as file:
        assert file.read() in said


def test_what_cannot_be_done_is_said(files, capsys):
    labels, *_ = files
    for more, told in (
        (("--measured",), "--experiment and --reflections"),
        (("--json", "a.txt"), "not a JSON file"),
        (("--picture", "a.jpg"), "png"),
        (("--crystal", "ice"), "no crystal form 'ice'"),
        (("--experiment", labels, "--reflections", labels, "--d-min", "3"), "--d-min is for a simulated scan"),
        (("--json", labels), "not a JSON file"),
        (("--i-over-sigma", "0"), "between"),
        (("--d-min", "0"), "resolution limit"),
    ):
        assert main(["quality", labels, *MU, *more]) == 2, more
        assert told in capsys.readouterr().err, more
