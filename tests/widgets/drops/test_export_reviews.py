"""What the worker exports of reviews: of the pixels that were reviewed alone, and nothing that nobody looked for."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from helpers import drawn_drops
from napari_crystalseg.drops.files.chimp.positions import read_chimp_positions
from napari_crystalseg.drops.files.coco.reading import read_coco
from napari_crystalseg.drops.objects import CRYSTAL, DROP, DropObject, DropObjects
from napari_crystalseg.drops.review import AutomaticFindings, DropReview, DropReviews
from napari_crystalseg.errors import InputError
from napari_crystalseg.provenance import hash_file
from napari_crystalseg.widgets.tasks.drops import export_reviews

DRAWN = DropObjects(drawn_drops.SHAPE, (DropObject(DROP, np.ones((20, 30), bool), (10, 10), 0.9),))


def accept(path, objects=DRAWN, looked_for=True, drop_class="clear", **more):
    automatic = AutomaticFindings(objects=objects if looked_for else None)
    review = DropReview(path.name, hash_file(path), objects, drop_class, automatic=automatic, **more)
    DropReviews().save(path, review)


def exported(paths, out, pixel_size_um=None, forms=("positions", "classes", "coco")):
    return export_reviews([str(path) for path in paths], {}, DropReviews(), pixel_size_um, True, str(out), list(forms))


def test_images_that_changed_are_left_out_and_told(tmp_path):
    first, second = drawn_drops.write_plate(tmp_path / "plate", ["A01a", "A01b"])
    accept(first)
    accept(second)
    Image.fromarray(drawn_drops.drawn_drop(((20, 70, 9),))).save(second)
    found = exported([first, second], tmp_path / "out")
    assert found.left_out == {"it changed since it was reviewed: review it again": ("A01b.png",)}
    assert found.warnings == ["A01b.png: it changed since it was reviewed: review it again; left out."]
    assert [image.name for image in read_coco(tmp_path / "out" / "outlines.json")] == ["A01a.png"]
    with pytest.raises(InputError, match=r"A01b\.png: it changed since it was reviewed: review it again"):
        exported([second], tmp_path / "more")
    second.unlink()
    assert exported([first, second], tmp_path / "last").warnings == []  # reviewed as it was


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


def test_crystals_that_nothing_outlines_are_exported_and_told(tmp_path):
    paths = drawn_drops.write_plate(tmp_path / "plate", [f"A0{number}a" for number in range(1, 7)])
    crystal = DropObject(CRYSTAL, np.ones((4, 4), bool), (15, 15))
    for path in paths[:4]:
        accept(path, drop_class="crystals")
    accept(paths[4], DropObjects(drawn_drops.SHAPE, (*DRAWN.objects, crystal)), drop_class="clear")
    accept(paths[5], DropObjects(drawn_drops.SHAPE), looked_for=False, drop_class="crystals")
    found = exported(paths, tmp_path / "out")
    assert found.warnings == [
        "A01a.png, A02a.png, A03a.png and 1 more: the class is crystals, but no crystal is outlined, and the "
        "dispensing point may lie on one; exported all the same.",
        "A05a.png: crystals are outlined, but the class is clear; exported all the same.",
    ]
    told = json.loads((tmp_path / "out" / "export.json").read_text())["steps"][0]["to_look_at"]
    assert [len(names) for names in told.values()] == [4, 1]
    assert len(read_chimp_positions(tmp_path / "out" / "echo.csv")) == 5


def test_points_that_lie_wrong_are_exported_and_told(tmp_path):
    paths = drawn_drops.write_plate(tmp_path / "plate", ["A01a", "A01b", "A02a", "A02b"])
    crystal = DropObject(CRYSTAL, np.ones((6, 6), bool), (15, 15))
    objects = DropObjects(drawn_drops.SHAPE, (*DRAWN.objects, crystal))
    for path, place in zip(paths, ((25.0, 35.0), (17.0, 17.0), (80.0, 35.0), (18.0, 18.0)), strict=True):
        accept(path, objects, drop_class="crystals", place_px=place, place_by_hand=True, pixel_size_um=2.0)
    found = exported(paths, tmp_path / "out")
    assert found.warnings == [
        "A01b.png, A02b.png: the dispensing point lies in a crystal; exported all the same.",
        "A02a.png: the dispensing point lies outside the drop; exported all the same.",
    ]
    rows = read_chimp_positions(tmp_path / "out" / "echo.csv")
    assert [row.offset_um for row in rows] == [(-40, -50), (-56, -86), (70, -50), (-54, -84)]
    told = json.loads((tmp_path / "out" / "export.json").read_text())["steps"][0]["to_look_at"]
    assert told["the dispensing point lies in a crystal"] == ["A01b.png", "A02b.png"]


def test_a_damaged_review_costs_its_own_drop_alone(tmp_path):
    paths = drawn_drops.write_plate(tmp_path / "plate", ["A01a", "A01b", "A02a", "A02b", "A03a"])
    for path in paths:
        accept(path)
    accept(paths[1], drop_class="precipitate")  # an earlier one that is whole is not taken in its place
    files = [DropReviews().files_of(path)[-1] for path in paths]
    files[1].write_text(files[1].read_text()[:300])
    endless = json.loads(files[2].read_text())
    endless["objects"]["shape"] = [1e999, 120]
    files[2].write_text(json.dumps(endless))
    huge = json.loads(files[3].read_text())
    huge["objects"] = {"shape": [10**9, 10**9], "objects": [{**huge["objects"]["objects"][0], "origin_px": [0, 0]}]}
    huge["objects"]["objects"][0]["mask"] = {"size": [10**9, 10**9], "counts": [0, 10**18]}
    files[3].write_text(json.dumps(huge))
    found = exported(paths, tmp_path / "out")
    assert [Path(row.path).name for row in read_chimp_positions(tmp_path / "out" / "echo.csv")] == [
        "A01a.png", "A03a.png",
    ]  # fmt: skip
    assert len(found.warnings) == 3 and found.warnings[0].startswith("A01b.png: A01b.png.review-2.json is damaged (")
    assert found.warnings[0].endswith("); left out.")
    told = json.loads((tmp_path / "out" / "export.json").read_text())["steps"][0]["left_out"]
    assert list(told.values()) == [["A01b.png"], ["A02a.png"], ["A02b.png"]]
    with pytest.raises(InputError, match=r"Nothing is left to export. A01b\.png: A01b\.png\.review-2\.json is damaged"):
        exported(paths[1:2], tmp_path / "more")
    assert not (tmp_path / "more").exists() and files[1].is_file()
