"""crystalseg drops detect, and train detector"""

from __future__ import annotations

import numpy as np
from PIL import Image

from napari_crystalseg.cli import main
from napari_crystalseg.cli.commands.drops.detect import Mode
from napari_crystalseg.drops.crystal_points import MODES


def test_the_modes_that_are_offered_are_those_that_there_are():
    assert tuple(one.value for one in Mode) == MODES


def test_a_detector_is_trained_and_used(tmp_path, capsys):
    model = tmp_path / "model"
    asked = ["--steps", "1", "--batch", "1", "--new", "1", "--threads", "1"]
    assert main(["drops", "train", "detector", str(model), *asked]) == 0
    assert "1 steps" in capsys.readouterr().out
    # A training is not begun over another.
    assert main(["drops", "train", "detector", str(tmp_path / "model2"), *asked, "--work", f"{model}.training"]) == 2
    assert "holds a training" in capsys.readouterr().err

    images = tmp_path / "images"
    images.mkdir()
    Image.fromarray(np.full((40, 50, 3), 90, np.uint8)).save(images / "a.png")
    (images / "b.jpg").write_bytes(b"")
    out = tmp_path / "out"
    assert main(["drops", "detect", str(images), "--model", str(model), "--out", str(out), "--score", "0.99"]) == 2
    told = capsys.readouterr()
    assert "a.png: 0 drops, 0 crystals" in told.out and f"written: {out}" in told.out
    assert "1 of 2 images could not be used; the first: b.jpg is empty" in told.err
    assert (out / "detector_positions.csv").read_bytes().startswith(b"Filepath,Coords,Crystals\r\n")


def test_what_cannot_be_used_is_told_in_one_sentence(tmp_path, capsys):
    from napari_crystalseg.drops.detector.architectures import small_network
    from napari_crystalseg.drops.detector.drop_detector import save_detector

    (tmp_path / "a.jpg").write_bytes(b"")
    assert main(["drops", "detect", str(tmp_path / "a.jpg"), "--model", str(tmp_path / "none")]) == 2
    assert "has no weights.pt and no card.json" in capsys.readouterr().err
    assert main(["drops", "train", "detector", str(tmp_path / "model")]) == 2
    assert "needs a budget" in capsys.readouterr().err
    assert not (tmp_path / "model").exists() and not (tmp_path / "model.training").exists()
    trained = str(tmp_path / "trained")
    save_detector(tmp_path / "trained", small_network(3, 64), {"longest_side_px": 64})
    named = [str(tmp_path / "a.jpg"), "--model", trained, "--out"]
    out = tmp_path / "out"
    assert main(["drops", "detect", *named, str(out), "--pixel-size-um", "-1"]) == 2
    assert "positive length in µm, not -1.0" in capsys.readouterr().err
    assert not out.exists()
    assert main(["drops", "detect", *named, f"{trained}/results"]) == 2
    assert "lies in the input" in capsys.readouterr().err
