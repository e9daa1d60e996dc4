"""What is exported of drops is read back by the readers of those forms, and nothing is written over."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from napari_crystalseg.drops.files.chimp.masks import read_chimp_masks
from napari_crystalseg.drops.files.chimp.positions import read_chimp_positions
from napari_crystalseg.drops.files.coco.reading import read_coco
from napari_crystalseg.drops.objects import CRYSTAL, DROP, DropObject, DropObjects
from napari_crystalseg.errors import Cancelled, InputError
from napari_crystalseg.provenance import Provenance
from napari_crystalseg.workflows.drops.export_drops import ExportedDrop, export_drops


def drops(folder: Path) -> list[ExportedDrop]:
    outlined = DropObjects(
        (40, 60),
        (DropObject(DROP, np.ones((30, 50), bool), (5, 5), 0.9), DropObject(CRYSTAL, np.ones((4, 6), bool), (10, 20))),
    )
    return [
        ExportedDrop(
            folder / "A01a.png", outlined, (25.0, 40.0), "crystals", 2.0, False, True, Provenance({"A01a.png": "00"})
        ),
        ExportedDrop(folder / "A02a.png", drop_class="clear"),
        ExportedDrop(folder / "A03a.png", DropObjects((40, 60)), None, None, 2.837, True),
    ]


def test_all_forms_are_read_back(tmp_path):
    out = tmp_path / "out"
    written = export_drops(drops(tmp_path), out)
    assert sorted(path.relative_to(out).as_posix() for path in written) == [
        "classes.csv", "crystals.csv", "echo.csv", "export.json", "masks/A01a.npz", "masks/A03a.npz", "outlines.json",
    ]  # fmt: skip
    first, last = read_chimp_positions(out / "echo.csv")
    assert first.path == str(tmp_path / "A01a.png") and first.crystals and first.offset_um == (10.0, 20.0)
    assert not last.crystals and last.offset_um is None
    assert next(row.places_px for row in read_chimp_positions(out / "crystals.csv")) == ((12, 22),)
    rows = list(csv.DictReader((out / "classes.csv").open()))
    assert [(Path(row["path"]).name, row["class"]) for row in rows] == [("A01a.png", "crystals"), ("A02a.png", "clear")]
    images = read_coco(out / "outlines.json")
    assert [image.name for image in images] == ["A01a.png", "A03a.png"]
    assert [one.area_px for one in images[0].objects.objects] == [1500, 24]
    assert images[0].pixel_size_um == 2.0 and images[1].pixel_size_um is None
    assert read_chimp_masks(out / "masks" / "A01a.npz").objects.mask(CRYSTAL).sum() == 24
    step = json.loads((out / "export.json").read_text())["steps"][0]
    assert (step["images"], step["accepted"], step["pixel_size_assumed_um"]) == (3, 1, [2.837])


def test_nothing_is_written_over_or_half(tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "outlines.json").write_text("mine")
    with pytest.raises(InputError, match=r"outlines\.json is there already"):
        export_drops(drops(tmp_path), out)
    assert [path.name for path in out.iterdir()] == ["outlines.json"]
    assert (out / "outlines.json").read_text() == "mine"
    export_drops(drops(tmp_path), out, ["classes"])
    assert (out / "classes.csv").is_file()


def test_what_cannot_be_exported_is_refused(tmp_path):
    with pytest.raises(InputError, match="nothing to export"):
        export_drops([], tmp_path)
    with pytest.raises(InputError, match="not as 'pdf'"):
        export_drops(drops(tmp_path), tmp_path, ["pdf"])


def test_images_of_one_name_are_told_apart(tmp_path):
    first, *_ = drops(tmp_path / "one")
    other, *_ = drops(tmp_path / "two")
    out = tmp_path / "out"
    export_drops([first, other], out, ["coco", "masks"])
    assert [image.name for image in read_coco(out / "outlines.json")] == ["one/A01a.png", "two/A01a.png"]
    assert sorted(path.name for path in (out / "masks").iterdir()) == ["one_A01a.npz", "two_A01a.npz"]


def test_what_is_cancelled_leaves_nothing_that_stands_in_the_way(tmp_path):
    def cancel(fraction, message):
        if "masks 2" in message:
            raise Cancelled

    with pytest.raises(Cancelled):
        export_drops(drops(tmp_path), tmp_path / "out", progress=cancel)
    assert [path for path in (tmp_path / "out").rglob("*") if path.is_file()] == []
    assert len(export_drops(drops(tmp_path), tmp_path / "out")) == 7
