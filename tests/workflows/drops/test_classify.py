"""Files classified one batch after the other: every kind of file has its answer, and what was done is kept."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from napari_crystalseg.drops.classes import DROP_CLASSES
from napari_crystalseg.drops.classifier import DropClassifier
from napari_crystalseg.drops.classifier.architectures import DEMO, drop_network
from napari_crystalseg.drops.classifier.drop_classifier import BATCH, save_classifier
from napari_crystalseg.errors import Cancelled, InputError
from napari_crystalseg.io.drop_images import open_drop_image
from napari_crystalseg.workflows.drops.class_table import class_record, class_table, record_of, write_class_table
from napari_crystalseg.workflows.drops.classified_drop import ClassifiedDrop
from napari_crystalseg.workflows.drops.classify import classify_drops
from napari_crystalseg.workflows.drops.named_images import named_drop_images


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> DropClassifier:
    import torch

    torch.manual_seed(1)
    network = drop_network(DEMO, 4).eval()
    card = {"type": DEMO, "class_names": list(DROP_CLASSES), "size_px": 96}
    return save_classifier(tmp_path_factory.mktemp("classifier"), network, card)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "plate"
    place.mkdir()
    rng = np.random.default_rng(0)
    for number in range(BATCH + 3):
        Image.fromarray(rng.integers(0, 256, (40, 50, 3)).astype(np.uint8)).save(place / f"A{number}.png")
    Image.fromarray(rng.integers(0, 4000, (40, 50)).astype(np.uint16)).save(place / "deep.png")
    Image.fromarray(rng.integers(0, 256, (40, 50, 4)).astype(np.uint8), mode="CMYK").save(place / "inks.jpg")
    (place / "empty.jpg").write_bytes(b"")
    (place / "text.jpg").write_text("A1, clear")
    whole = (place / "A1.png").read_bytes()
    (place / "cut.png").write_bytes(whole[: len(whole) // 2])
    return place


def test_every_file_has_its_answer(folder: Path, classifier: DropClassifier) -> None:
    files, left_out = named_drop_images([folder])
    found = list(classify_drops(files, classifier))
    assert left_out == []
    assert [one.path for one in found] == files and len(files) == BATCH + 8
    failed = {one.path.name: one.problem for one in found if one.probabilities is None}
    assert set(failed) == {"empty.jpg", "text.jpg", "cut.png"}
    assert all(name in problem for name, problem in failed.items())
    for one in found:
        if one.probabilities is not None:
            assert sum(one.probabilities) == pytest.approx(1, abs=1e-5)
            wanted = classifier.probabilities([open_drop_image(one.path)])[0]
            assert np.allclose(one.probabilities, wanted, atol=1e-5)
            assert one.drop_class == DROP_CLASSES[int(wanted.argmax())]
            assert one.crystals_probability == one.probabilities[1]
    assert "12 bits" in next(one for one in found if one.path.name == "deep.png").assumptions[0]


def test_cancelled_keeps_what_was_opened(folder: Path, classifier: DropClassifier) -> None:
    files, _ = named_drop_images([folder])

    def stop(fraction: float, message: str) -> None:
        if "image 6 of" in message:
            raise Cancelled

    found: list[ClassifiedDrop] = []
    with pytest.raises(Cancelled):
        found.extend(classify_drops(files, classifier, stop))
    found = []
    try:
        for one in classify_drops(files, classifier, stop):
            found.append(one)
    except Cancelled:
        pass
    assert [one.path for one in found] == files[:5]
    assert class_record(found, classifier, asked=len(files))["stopped"] is True


def test_table_as_chimp_writes_it(folder: Path, classifier: DropClassifier) -> None:
    files, _ = named_drop_images([folder])
    found = list(classify_drops(files, classifier))
    text = class_table(found, classifier.class_names)
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["path", "pred_class", "pred_max_prob", "clear", "crystals", "other", "precipitate"]
    table = pd.read_csv(io.StringIO(text))
    assert len(table) == BATCH + 5
    assert table[list(DROP_CLASSES)].idxmax(axis=1).tolist() == table["pred_class"].tolist()
    assert np.allclose(table[list(DROP_CLASSES)].max(axis=1), table["pred_max_prob"])
    assert np.allclose(table[list(DROP_CLASSES)].sum(axis=1), 1, atol=1e-5)


def test_record_beside_the_table(folder: Path, classifier: DropClassifier, tmp_path: Path) -> None:
    files, _ = named_drop_images([folder])
    found = list(classify_drops(files, classifier))
    out = tmp_path / "results.csv"
    write_class_table(found, out, classifier, ["2 subfolders left out"])
    record = json.loads(record_of(out).read_text())
    assert record["classified"] == BATCH + 5 and record["images"] == BATCH + 8 and record["stopped"] is False
    assert {Path(one["path"]).name for one in record["problems"]} == {"empty.jpg", "text.jpg", "cut.png"}
    assert record["left_out"] == ["2 subfolders left out"]
    assert sum(record["classes"].values()) == BATCH + 5
    assert record["provenance"]["model_sha256"] == classifier.sha256
    before = out.read_bytes(), record_of(out).read_bytes()
    write_class_table(list(classify_drops(files, classifier)), out, classifier, ["2 subfolders left out"])
    assert (out.read_bytes(), record_of(out).read_bytes()) == before


def test_files_and_folders_are_named_together(folder: Path) -> None:
    files, _ = named_drop_images([folder / "A3.png", folder])
    assert files[0].name == "A3.png" and len(files) == len(set(files)) == BATCH + 8
    with pytest.raises(InputError, match="There is no file"):
        named_drop_images([folder / "absent.jpg"])


def test_what_comes_of_no_image() -> None:
    one = ClassifiedDrop(Path("a.jpg"), problem="a.jpg is empty.")
    assert one.drop_class is None and one.crystals_probability is None
    assert one.to_dict() == {"path": "a.jpg", "pred_class": None, "problem": "a.jpg is empty."}
