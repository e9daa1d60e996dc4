"""Files of what was found in micrographs."""

from __future__ import annotations

import ast
import csv
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from napari_crystalseg.drops.contradiction import MISSED, UNLIKELY
from napari_crystalseg.drops.files import read_chimp_masks, read_chimp_positions, read_coco
from napari_crystalseg.drops.objects import CRYSTAL, DROP, KINDS, DropObject, DropObjects
from napari_crystalseg.errors import Cancelled, InputError
from napari_crystalseg.io.drop_images import DropImage
from napari_crystalseg.workflows.drops import detection_files as module
from napari_crystalseg.workflows.drops.detect import DetectedDrop
from napari_crystalseg.workflows.drops.detection_files import DetectionForm, write_detections

DETECTOR = SimpleNamespace(kinds=KINDS, sha256="0" * 64, path=Path("model"))
SHAPE = (60, 80)


def found(path, shape=SHAPE, pixel_size_um=2.0):
    """A drop of rows 10 to 50 and columns 20 to 60 with a crystal in its upper part, and an unsure one below."""
    objects = DropObjects(
        shape,
        (
            DropObject(DROP, np.ones((41, 41), bool), (10, 20), 0.9),
            DropObject(CRYSTAL, np.ones((11, 41), bool), (10, 20), 0.8),
            DropObject(CRYSTAL, np.ones((5, 5), bool), (40, 40), 0.3),
        ),
    )
    image = DropImage(np.full((*shape, 3), 120, np.uint8))
    return DetectedDrop(Path(path), objects, pixel_size_um, image=image)


def empty(path):
    return DetectedDrop(Path(path), DropObjects(SHAPE), 2.0, image=DropImage(np.zeros((*SHAPE, 3), np.uint8)))


def broken(path):
    return DetectedDrop(Path(path), None, None, "b.jpg is empty.")


def rows_of(folder):
    with open(folder / "detector_positions.csv", newline="") as stream:
        return list(csv.reader(stream))


def test_points_on_crystals(tmp_path):
    entries = [found("x/a.jpg"), broken("b.jpg"), empty("c.jpg")]
    notes = [note for _, note in write_detections(iter(entries), tmp_path, DETECTOR, DetectionForm())]
    assert notes == ["", "", ""]
    assert rows_of(tmp_path) == [
        ["Filepath", "Coords", "Crystals"],
        ["x/a.jpg", "[(15, 40)]", "True"],
        ["c.jpg", "[]", "False"],
    ]
    assert sorted(one.name for one in tmp_path.iterdir() if one.suffix) == ["detector_positions.csv", "provenance.json"]
    record = json.loads((tmp_path / "provenance.json").read_text())
    assert record["steps"][0]["not_used"] == {"b.jpg": "b.jpg is empty."} and record["model_sha256"] == "0" * 64


def test_positions_for_the_echo(tmp_path):
    """The place farthest from crystal and edge is row 35 and column 40; the image's centre is row 30 and column 40."""
    entries = [
        found("a.jpg"),
        empty("c.jpg"),
        found("d.jpg", pixel_size_um=None),
        found("e.jpg", (1024, 1224), None),
    ]
    notes = [note for _, note in write_detections(iter(entries), tmp_path, DETECTOR, DetectionForm(echo=True))]
    _, first, none, unknown, assumed = rows_of(tmp_path)
    assert first[1:] == ["(10.0, 0.0)", "True"]
    assert none[1:] == ["", "False"] and unknown[1:] == ["", "True"]
    assert ast.literal_eval(assumed[1])[1] == pytest.approx((40 - 612) * 2.837)
    assert notes[1] == "no drop to dispense into"
    assert "give --pixel-size-um" in notes[2] and "2.837 µm" in notes[3]


def test_classes_are_held_against_the_crystals(tmp_path):
    form = DetectionForm(classes={"a.jpg": "clear", "c.jpg": "crystals", "d.jpg": "crystals"}, echo=True)
    entries = [found("a.jpg"), empty("c.jpg"), found("d.jpg"), empty("e.jpg")]
    notes = [note for _, note in write_detections(iter(entries), tmp_path, DETECTOR, form)]
    missed = f"no drop to dispense into; {MISSED.text}"
    assert notes == [UNLIKELY.text, missed, "", "no drop to dispense into"]
    record = json.loads((tmp_path / "provenance.json").read_text())
    assert record["steps"][0]["to_look_at"] == {"a.jpg": UNLIKELY.text, "c.jpg": MISSED.text}


def test_masks_outlines_and_pictures_of_images_of_the_same_name(tmp_path):
    form = DetectionForm(masks=True, coco=True, preview=True)
    list(write_detections(iter([found("x/a.jpg"), found("y/A.jpg"), empty("z.jpg")]), tmp_path, DETECTOR, form))
    names = ["A_2", "a", "z"]
    assert sorted(one.stem for one in (tmp_path / "masks").glob("*.npz")) == names
    pictures = sorted(one.name for one in (tmp_path / "preview_images").glob("*.png"))
    assert pictures == [f"{name}_preview.png" for name in names]
    masks = read_chimp_masks(tmp_path / "masks" / "a.npz")
    assert [(one.kind, one.box_px) for one in masks.objects.objects] == [
        (DROP, (20, 10, 61, 51)),
        (CRYSTAL, (20, 10, 61, 21)),
    ]
    outlined = read_coco(tmp_path / "detections.json")
    assert [one.name for one in outlined] == ["x/a.jpg", "y/A.jpg", "z.jpg"]
    assert [len(one.objects.objects) for one in outlined] == [2, 2, 0]
    picture = np.asarray(Image.open(tmp_path / "preview_images" / "a_preview.png"))
    assert picture.shape == (*SHAPE, 3)
    assert (picture != 120).any()


def test_a_run_that_is_ended_leaves_what_was_done(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "AT_ONCE", 1000)

    def entries():
        yield found("a.jpg")
        yield found("b.jpg")
        raise Cancelled

    with pytest.raises(Cancelled):
        list(write_detections(entries(), tmp_path, DETECTOR, DetectionForm()))
    assert [row.path for row in read_chimp_positions(tmp_path / "detector_positions.csv")] == ["a.jpg", "b.jpg"]


def test_what_cannot_be(tmp_path):
    crystals_alone = SimpleNamespace(kinds=(CRYSTAL,), sha256="0", path=Path("vmxi.pt"))
    with pytest.raises(InputError, match=r"vmxi.pt finds crystals alone"):
        next(write_detections(iter([]), tmp_path, crystals_alone, DetectionForm(echo=True)))
    with pytest.raises(InputError, match="between 0 and 1"):
        DetectionForm(score=1.5)
    with pytest.raises(InputError, match="single, random, regular"):
        DetectionForm(mode="all")


def test_names_as_long_as_a_file_system_takes(tmp_path):
    entries = [found(f"{'é' * 125}.jpg"), found(f"{'é' * 124}a.jpg")]
    list(write_detections(iter(entries), tmp_path, DETECTOR, DetectionForm(masks=True, preview=True)))
    assert sorted(one.name for one in (tmp_path / "masks").iterdir()) == [f"{'é' * 115}.npz", f"{'é' * 115}_2.npz"]
    assert len(list((tmp_path / "preview_images").iterdir())) == 2
