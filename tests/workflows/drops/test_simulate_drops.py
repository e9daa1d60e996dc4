"""Drops simulated into a folder."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from napari_crystalseg.drops.classes import DROP_CLASSES
from napari_crystalseg.drops.files import read_chimp_masks, read_coco
from napari_crystalseg.errors import Cancelled, InputError
from napari_crystalseg.io.drop_images import drop_images_in, open_drop_image
from napari_crystalseg.simulation.drops import DropConditions, simulated_drop
from napari_crystalseg.workflows.drops.simulate import simulate_drops

SMALL = DropConditions(shape=(64, 72))


def test_a_folder_holds_images_classes_and_outlines_that_agree(tmp_path: Path) -> None:
    made = simulate_drops(tmp_path / "drops", 5, 3, conditions=SMALL)
    assert made.classes == (*DROP_CLASSES, "clear")
    assert len(drop_images_in(tmp_path / "drops" / "images")) == 5
    with (tmp_path / "drops" / "truth.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["class"] for row in rows] == list(made.classes)
    of_coco = read_coco(tmp_path / "drops" / "coco.json")
    for number, (row, path) in enumerate(zip(rows, made.paths, strict=True)):
        drop = simulated_drop(3, number, SMALL, made.classes[number])
        assert tmp_path / "drops" / row["path"] == path
        np.testing.assert_array_equal(open_drop_image(path).values, drop.image.values)
        assert float(row["pixel_size_um"]) == pytest.approx(drop.image.pixel_size_um, rel=1e-5)
        of_chimp = read_chimp_masks(tmp_path / "drops" / "masks" / f"{path.stem}.npz")
        for kind in ("drop", "crystal"):
            expected = drop.objects.mask(kind)
            np.testing.assert_array_equal(of_coco[number].objects.mask(kind), expected)
            np.testing.assert_array_equal(of_chimp.objects.mask(kind), expected)
    assert made.outlined_drops == sum(len(one.objects.of_kind("drop")) for one in of_coco)


def test_the_same_again_gives_the_same_bytes_and_takes_the_place_of_the_old(tmp_path: Path) -> None:
    simulate_drops(tmp_path / "one", 2, 1, conditions=SMALL, drop_class="crystals", form="jpg")
    simulate_drops(tmp_path / "two", 3, 2, conditions=SMALL)
    simulate_drops(tmp_path / "two", 2, 1, conditions=SMALL, drop_class="crystals", form="jpg")
    files = [sorted(file for file in (tmp_path / name).rglob("*") if file.is_file()) for name in ("one", "two")]
    assert [file.name for file in files[0]] == [file.name for file in files[1]]
    assert all(one.read_bytes() == two.read_bytes() for one, two in zip(*files, strict=True))


def test_a_folder_with_files_of_the_user_stays_as_it_is(tmp_path: Path) -> None:
    simulate_drops(tmp_path / "drops", 1, 1, conditions=SMALL)
    (tmp_path / "drops" / "images" / "mine.png").write_bytes(b"mine")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError, match="name another place"):
        simulate_drops(tmp_path / "drops", 1, 2, conditions=SMALL)
    assert sorted(tmp_path.rglob("*")) == before


def test_cancelled_leaves_nothing(tmp_path: Path) -> None:
    def stop(fraction: float, message: str) -> None:
        raise Cancelled(message)

    with pytest.raises(Cancelled):
        simulate_drops(tmp_path / "drops", 3, 1, conditions=SMALL, progress=stop)
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_asked_for_is_refused(tmp_path: Path) -> None:
    for asked, said in (
        ({"number": 0}, "Between 1 and"),
        ({"form": "gif"}, "png, jpg, tiff"),
        ({"drop_class": "crystal"}, "clear, crystals, other, precipitate"),
        ({"seed": -1}, "0 or more"),
    ):
        with pytest.raises(InputError, match=said):
            simulate_drops(tmp_path / "drops", **{"number": 1, "seed": 1, **asked})  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())
