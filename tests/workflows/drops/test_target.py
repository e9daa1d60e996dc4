"""Where to dispense, of outlines in files: without a network, in CHiMP's form, with what was assumed."""

from __future__ import annotations

import signal
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from napari_crystalseg.cli import main
from napari_crystalseg.drops.contradiction import MISSED, UNLIKELY
from napari_crystalseg.drops.files import (
    OutlinedImage,
    PositionsRow,
    read_chimp_positions,
    write_chimp_masks,
    write_coco,
    write_coco_results,
)
from napari_crystalseg.drops.objects import CRYSTAL, DROP, KINDS, DropObject, DropObjects
from napari_crystalseg.errors import InputError
from napari_crystalseg.io.drop_images import DropImage, open_drop_image
from napari_crystalseg.texts.json_text import parse_json
from napari_crystalseg.workflows.drops import detect
from napari_crystalseg.workflows.drops.detection_files import DetectionForm, write_detections
from napari_crystalseg.workflows.drops.target import TargetSearch, target_drops, write_targets

SHAPE = (1024, 1224)


def disc(centre, radius, shape=SHAPE):
    rows, columns = np.indices(shape)
    return (rows - centre[0]) ** 2 + (columns - centre[1]) ** 2 <= radius**2


def images():
    with_crystal = DropObjects(
        SHAPE,
        (DropObject(DROP, disc((512, 612), 300), score=0.95), DropObject(CRYSTAL, disc((512, 500), 60), score=0.8)),
    )
    empty = DropObjects(SHAPE, (DropObject(DROP, disc((412, 712), 200)),))
    return (
        OutlinedImage("97wo_01A_1.jpg", with_crystal),
        OutlinedImage("97wo_01A_2.jpg", empty, pixel_size_um=2.0),
        OutlinedImage("97wo_02A_1.jpg", DropObjects(SHAPE)),
        OutlinedImage("97wo_02A_2.jpg", DropObjects((60, 60), (DropObject(DROP, disc((30, 30), 20, (60, 60))),))),
    )


@pytest.fixture
def coco(tmp_path):
    path = tmp_path / "coco.json"
    write_coco(images(), path)
    return path


def test_of_a_coco_data_set(coco):
    first, second, third, fourth = target_drops([coco])
    assert first.pixel_size_um == 2.837
    assert first.pixel_size_assumed
    assert first.notes == ("a pixel is taken for 2.837 µm, as CHiMP takes it; nothing says so",)
    # The crystal lies left of the centre: the place lies on the row of both, to its right.
    assert first.offset_um[0] == 0
    assert first.offset_um[1] > 0
    assert not second.pixel_size_assumed
    assert second.offset_um == (-200.0, 200.0)
    assert second.reason == "farthest from the edge of the drop"
    assert third.offset_um is None
    assert third.reason == "no drop was found"
    # Of another size than XChem's images nothing is assumed.
    assert fourth.pixel_size_um is None
    assert fourth.position.place_px == (30.0, 30.0)
    assert "give --pixel-size-um" in fourth.notes[0]


def test_the_users_pixel_and_grid_and_droplet(coco):
    search = TargetSearch(pixel_size_um=1.0, grid_um=25.0, droplet_radius_um=500.0)
    first, second, _, fourth = target_drops([coco], search)
    assert all(offset % 25 == 0 for one in (first, second, fourth) for offset in one.offset_um)
    assert "reaches a crystal or the edge" in first.notes[-1]
    assert first.reason.endswith("on the grid of 25 µm")


def test_masks_alone_and_in_a_folder(tmp_path):
    folder = tmp_path / "masks"
    for one in images():
        write_chimp_masks(one.objects, folder / f"{one.name[:-4]}.npz", pixel_size_um=one.pixel_size_um)
    found = list(target_drops([folder]))
    assert [one.name for one in found] == ["97wo_01A_1", "97wo_01A_2", "97wo_02A_1", "97wo_02A_2"]
    (alone,) = target_drops([folder / "97wo_01A_2.npz"])
    assert alone.offset_um == found[1].offset_um == (-200.0, 200.0)


@pytest.mark.parametrize("form", [{"coco": True, "masks": True}, {"masks": True, "preview": True}])
def test_of_the_folder_that_the_detector_wrote(tmp_path, form):
    image = images()[0]
    values = np.zeros((*SHAPE, 3), np.uint8)
    found = [detect.DetectedDrop(Path(image.name), image.objects, 2.0, image=DropImage(values))]
    model = SimpleNamespace(kinds=KINDS, sha256="0" * 64, path=Path("model"))
    list(write_detections(iter(found), tmp_path, model, DetectionForm(**form)))
    (expected,) = target_drops([tmp_path / "masks"], TargetSearch(pixel_size_um=2.0))
    (target,) = target_drops([tmp_path], TargetSearch(pixel_size_um=None if "coco" in form else 2.0))
    assert target.name == image.name and target.offset_um == expected.offset_um and target.crystals == 1


def test_a_folder_of_the_detector_without_outlines_is_refused(tmp_path, capsys):
    model = SimpleNamespace(kinds=KINDS, sha256="0" * 64, path=Path("model"))
    list(write_detections(iter([]), tmp_path, model, DetectionForm()))
    assert main(["drops", "target", str(tmp_path)]) == 2
    assert "let it write them (--json or --masks), or name the images" in capsys.readouterr().err


def test_the_table_is_chimps(tmp_path, coco):
    path = tmp_path / "positions.csv"
    found = list(target_drops([coco]))
    write_targets(found, path, [coco], TargetSearch())
    assert path.read_bytes().startswith(b"Filepath,Coords,Crystals\r\n")
    assert read_chimp_positions(path) == (
        PositionsRow("97wo_01A_1.jpg", True, offset_um=found[0].offset_um),
        PositionsRow("97wo_01A_2.jpg", False, offset_um=(-200.0, 200.0)),
        PositionsRow("97wo_02A_1.jpg", False),
        PositionsRow("97wo_02A_2.jpg", False),
    )


def test_the_command(tmp_path, coco, capsys):
    out = tmp_path / "positions.csv"
    assert main(["drops", "target", str(coco), "--out", str(out)]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("A01.1  97wo_01A_1.jpg: y +0.0 µm, x +")
    assert printed[2] == "A02.1  97wo_02A_1.jpg: nowhere, no drop was found"
    assert printed[3].startswith("A02.2  97wo_02A_2.jpg: row 30, column 30, 20.0 px clear (")
    assert printed[4] == f"written: {out}"
    assert len(read_chimp_positions(out)) == 4
    assert parse_json(out.with_suffix(".json").read_text())["drops"][1]["x_right_um"] == 200.0
    assert main(["drops", "target", str(coco), "--json", "--grid-um", "25"]) == 0
    record = parse_json(capsys.readouterr().out)
    assert [one["well"] for one in record["drops"]] == ["A01.1", "A01.2", "A02.1", "A02.2"]
    assert record["drops"][1]["y_down_um"] == -200.0
    assert record["provenance"]["steps"][0]["grid_um"] == 25.0
    assert list(record["provenance"]["inputs"]) == ["coco.json"]


def test_a_table_of_classes_is_held_against_the_outlines(tmp_path, coco, capsys):
    table = tmp_path / "classes.csv"
    table.write_text(
        "path,pred_class,pred_max_prob\nplate/97wo_01A_1.jpg,clear,0.9\nplate/97wo_01A_2.jpg,crystals,0.8\n"
        "plate/97wo_02A_1.jpg,crystals,0.7\n"
    )
    found = list(target_drops([coco], TargetSearch(classes=table)))
    assert [one.drop_class for one in found] == ["clear", "crystals", "crystals", None]
    assert [one.contradiction for one in found] == [UNLIKELY, MISSED, MISSED, None]
    assert main(["drops", "target", str(coco), "--classes", str(table)]) == 0
    shown = capsys.readouterr()
    printed = shown.out.splitlines()
    assert f"! in 2 of 4 images {MISSED.text}: look there first, such as at 97wo_01A_2.jpg." in shown.err
    assert printed[0].endswith("crystals are outlined, but the class is clear)")
    assert "no crystal is outlined, and the dispensing point may lie on one)" in printed[1]
    assert printed[2].endswith("nowhere, no drop was found; " + MISSED.text)
    assert main(["drops", "target", str(coco), "--classes", str(table), "--json"]) == 0
    record = parse_json(capsys.readouterr().out)
    assert [one["class"] for one in record["drops"]] == ["clear", "crystals", "crystals", None]
    assert record["drops"][1]["contradiction"] == MISSED.text and record["drops"][3]["contradiction"] is None
    assert list(record["provenance"]["inputs"]) == ["coco.json", "classes.csv"]
    table.write_text("path,class\nother.jpg,clear\n")
    assert main(["drops", "target", str(coco), "--classes", str(table)]) == 2
    assert "classes.csv holds none of the 4 images" in capsys.readouterr().err


def test_what_is_refused(tmp_path, coco, capsys):
    results = tmp_path / "results.json"
    write_coco_results(images(), {one.name: number for number, one in enumerate(images(), 1)}, results)
    with pytest.raises(InputError, match="a list of COCO results"):
        list(target_drops([results]))
    with pytest.raises(InputError, match="no file"):
        list(target_drops([tmp_path / "none.json"]))
    with pytest.raises(InputError, match="Name images of drops"):
        list(target_drops([]))
    with pytest.raises(InputError, match="lowest score"):
        TargetSearch(lowest_score=1.5)
    with pytest.raises(InputError, match="spacing of the grid"):
        TargetSearch(grid_um=0.0)
    with pytest.raises(InputError, match="radius of a droplet"):
        TargetSearch(droplet_radius_um=float("nan"))
    assert main(["drops", "target", str(coco), "--out", str(tmp_path / "a.txt")]) == 2
    assert "ends in .csv" in capsys.readouterr().err
    assert main(["drops", "target", str(coco), "--pixel-size-um", "-1"]) == 2


@pytest.fixture(scope="module")
def detector(tmp_path_factory):
    """Without training: it finds something or nothing, but in the right form."""
    import torch

    from napari_crystalseg.drops.detector.architectures import small_network
    from napari_crystalseg.drops.detector.drop_detector import save_detector

    torch.manual_seed(1)
    folder = tmp_path_factory.mktemp("detector")
    return save_detector(folder, small_network(3, 64).eval(), {"longest_side_px": 64}).path


def test_of_images_a_broken_one_among_them(tmp_path, detector, capsys):
    random = np.random.default_rng(0)
    folder = tmp_path / "plate"
    folder.mkdir()
    Image.fromarray(random.integers(0, 255, (60, 90, 3), np.uint8)).save(folder / "A01a.png")
    (folder / "A02a.png").write_bytes(b"")
    first, second = target_drops([folder], TargetSearch(model=detector, lowest_score=0.05, pixel_size_um=3.0))
    assert first.pixel_size_um == 3.0
    assert first.shape == (60, 90)
    assert second.shape is None
    assert "is empty" in second.problem
    out = tmp_path / "out.csv"
    assert main(["drops", "target", str(folder), "--model", str(detector), "--out", str(out)]) == 2
    shown = capsys.readouterr()
    assert shown.out.startswith("A01.1  ")
    assert "A02a.png: A02a.png is empty" in shown.err
    assert "A02a.png" not in shown.out
    assert "1 of 2 images could not be used" in shown.err
    assert [Path(one.path).name for one in read_chimp_positions(out)] == ["A01a.png"]
    record = parse_json(out.with_suffix(".json").read_text())
    assert "is empty" in record["drops"][1]["problem"]
    assert len(record["provenance"]["model_sha256"]) == 64
    # One that is named alone and with its folder is looked at once.
    twice = target_drops([folder / "A01a.png", folder], TargetSearch(model=detector))
    assert [Path(one.name).name for one in twice] == ["A01a.png", "A02a.png"]
    # Outlines and images in one call, in the order given.
    masks = tmp_path / "one.npz"
    write_chimp_masks(images()[1].objects, masks)
    names = [one.name for one in target_drops([folder / "A01a.png", masks], TargetSearch(model=detector))]
    assert names == [str(folder / "A01a.png"), "one"]


def test_what_was_done_is_kept_where_the_user_stops(tmp_path, detector, monkeypatch, capsys):
    folder = tmp_path / "plate"
    folder.mkdir()
    for name in ("A01a.png", "A02a.png", "A03a.png"):
        Image.fromarray(np.full((40, 50, 3), 90, np.uint8)).save(folder / name)
    opened = []

    def stopped_at_the_second(*asked):
        opened.append(asked)
        if len(opened) == 2:
            signal.raise_signal(signal.SIGINT)
        return open_drop_image(*asked)

    monkeypatch.setattr(detect, "open_drop_image", stopped_at_the_second)
    out = tmp_path / "out.csv"
    assert main(["drops", "target", str(folder), "--model", str(detector), "--out", str(out)]) == 130
    assert [Path(one.path).name for one in read_chimp_positions(out)] == ["A01a.png", "A02a.png"]
    assert parse_json(out.with_suffix(".json").read_text())["stopped"] is True
