"""What the worker exports of reviews: of the pixels that were reviewed alone, and nothing that nobody looked for."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from PIL import Image

from helpers import drawn_drops
from napari_crystalseg.drops.files.chimp.positions import read_chimp_positions
from napari_crystalseg.drops.files.coco.reading import read_coco
from napari_crystalseg.drops.objects import DROP, DropObject, DropObjects
from napari_crystalseg.drops.review import AutomaticFindings, DropReview, DropReviews
from napari_crystalseg.errors import InputError
from napari_crystalseg.provenance import hash_file
from napari_crystalseg.widgets.tasks.drops import export_reviews

DRAWN = DropObjects(drawn_drops.SHAPE, (DropObject(DROP, np.ones((20, 30), bool), (10, 10), 0.9),))


def accept(path, objects=DRAWN, looked_for=True, **more):
    automatic = AutomaticFindings(objects=objects if looked_for else None)
    review = DropReview(path.name, hash_file(path), objects, "clear", automatic=automatic, **more)
    DropReviews().save(path, review)


def exported(paths, out, pixel_size_um=None, forms=("positions", "classes", "coco")):
    return export_reviews([str(path) for path in paths], {}, DropReviews(), pixel_size_um, True, str(out), list(forms))


def test_images_that_changed_are_left_out_and_told(tmp_path):
    first, second = drawn_drops.write_plate(tmp_path / "plate", ["A01a", "A01b"])
    accept(first)
    accept(second)
    Image.fromarray(drawn_drops.drawn_drop(((20, 70, 9),))).save(second)
    _, changed = exported([first, second], tmp_path / "out")
    assert changed == ["A01b.png"]
    assert [image.name for image in read_coco(tmp_path / "out" / "outlines.json")] == ["A01a.png"]
    with pytest.raises(InputError, match=r"A01b\.png changed since it was reviewed; review it again"):
        exported([second], tmp_path / "more")
    second.unlink()
    assert exported([first, second], tmp_path / "last")[1] == []  # reviewed as it was


def test_where_nobody_looked_there_are_not_said_to_be_no_crystals(tmp_path):
    first, second = drawn_drops.write_plate(tmp_path / "plate", ["A01a", "A01b"])
    nothing = DropObjects(drawn_drops.SHAPE)
    accept(first, nothing)
    accept(second, nothing, looked_for=False)
    exported([first, second], tmp_path / "out")
    assert [image.name for image in read_coco(tmp_path / "out" / "outlines.json")] == ["A01a.png"]
    assert len(read_chimp_positions(tmp_path / "out" / "echo.csv")) == 1
    assert len(list(csv.DictReader((tmp_path / "out" / "classes.csv").open()))) == 2


def test_a_size_that_is_typed_holds_for_what_was_accepted_without_one(tmp_path):
    paths = drawn_drops.write_plate(tmp_path / "plate", ["A01a", "A01b", "A02a"])
    sizes = (None, False), (2.837, True), (2.0, False)
    for path, (size, assumed) in zip(paths, sizes, strict=True):
        accept(path, place_px=(46.0, 60.0), pixel_size_um=size, pixel_size_assumed=assumed)
    exported(paths, tmp_path / "out", 3.0)
    assert [row.offset_um for row in read_chimp_positions(tmp_path / "out" / "echo.csv")] == [(3, 0), (3, 0), (2, 0)]
