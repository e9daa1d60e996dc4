"""crystalseg drops classify and train classifier."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from napari_crystalseg.cli import main
from napari_crystalseg.drops.classes import DROP_CLASSES
from napari_crystalseg.drops.classifier.architectures import DEMO, drop_network
from napari_crystalseg.drops.classifier.drop_classifier import save_classifier


@pytest.fixture
def model(tmp_path: Path) -> Path:
    card = {"type": DEMO, "class_names": list(DROP_CLASSES), "size_px": 96}
    save_classifier(tmp_path / "model", drop_network(DEMO, 4).eval(), card)
    return tmp_path / "model"


def _run(*words: object) -> int:
    return main([str(word) for word in words])


def test_folder_to_a_table(tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    images = tmp_path / "plate"
    images.mkdir()
    for number in (10, 2):
        Image.fromarray(np.full((30, 40, 3), 20 * number, np.uint8)).save(images / f"A{number}.png")
    out = tmp_path / "results.csv"
    assert _run("drops", "classify", images, "--model", model, "--out", out) == 0
    lines = out.read_text().splitlines()
    assert lines[0] == "path,pred_class,pred_max_prob,clear,crystals,other,precipitate"
    assert [Path(line.split(",")[0]).name for line in lines[1:]] == ["A2.png", "A10.png"]
    assert json.loads((tmp_path / "results.json").read_text())["classified"] == 2
    assert "A2.png: " in capsys.readouterr().out
    # One that is broken is told of, the others are written, and the exit code says so.
    (images / "A3.png").write_bytes(b"")
    assert _run("drops", "classify", images, "--model", model, "--out", out, "--json") == 2
    said = capsys.readouterr()
    assert "1 of 3 images could not be classified; the first: A3.png is empty (0 bytes)" in said.err
    found = json.loads(said.out)
    assert [Path(one["path"]).name for one in found["drops"]] == ["A2.png", "A3.png", "A10.png"]
    assert set(found["drops"][0]["probabilities"]) == set(DROP_CLASSES)
    assert len(out.read_text().splitlines()) == 3


def test_refusals(tmp_path: Path, model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.fromarray(np.zeros((30, 40, 3), np.uint8)).save(tmp_path / "a.png")
    for words, said in [
        (["classify", tmp_path / "a.png", "--model", model, "--out", tmp_path / "a.txt"], "ends in .csv"),
        (["classify", tmp_path / "absent", "--model", model], "There is no file"),
        (["classify", tmp_path / "a.png", "--model", tmp_path / "none"], "There is no file"),
        (["train", "classifier", tmp_path / "x", "--data", tmp_path / "none.csv"], "There is no file"),
        (["train", "classifier", tmp_path / "x", "--size-px", 64], "name one with --from"),
        (["train", "classifier", tmp_path / "x", "--data", "a.csv", "--images", 20], "names a table of labelled ones"),
    ]:
        assert _run("drops", *words) == 2
        assert said in capsys.readouterr().err
    assert not (tmp_path / "x").exists()
