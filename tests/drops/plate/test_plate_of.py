"""Wells in the names of images, as imagers and facilities write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpers.drawn_examples import examples, given, st
from napari_crystalseg.drops.plate import Plate, Well, plate_of
from napari_crystalseg.errors import InputError


@pytest.mark.parametrize(
    ("name", "well"),
    [
        ("A01a.jpg", "A01.1"),
        ("A1c.png", "A01.3"),
        ("H12d.tif", "H12.4"),
        ("lysozyme_A01b.jpg", "A01.2"),
        ("A1-1.jpg", "A01.1"),
        ("A01_1.jpg", "A01.1"),
        ("A01.2.jpg", "A01.2"),
        ("plate7_G11_2_20240103.jpg", "G11.2"),
        ("9b5j_A1_1_ef.jpg", "A01.1"),
        ("A01d2.jpg", "A01.2"),
        ("A01_drop_2.jpg", "A01.2"),
        ("A1_d1.jpg", "A01.1"),
        ("B03_c.jpg", "B03.3"),
        ("A01_Drop_2.jpg", "A01.2"),
        ("A01D1.jpg", "A01.1"),
        ("A01B.jpg", "A01.2"),
        ("well A1 drop 2.jpg", "A01.2"),
        ("3D_crystals_B02_1.jpg", "B02.1"),
        ("lyso_4C_A03.jpg", "A03.1"),
        # XChem: column, row, drop.
        ("97wo_2021-09-14_RI1000-0276-3drop/97wo_01A_1.jpg", "A01.1"),
        ("90j8_2018-04-11_RI1000-0081-2drop/90j8_12H_2.jpg", "H12.2"),
        ("98ab_01A1.jpg", "A01.1"),
        ("98ab_03Bc.jpg", "B03.3"),
        # Row and column alone.
        ("A01.jpg", "A01.1"),
        ("screen_C10.png", "C10.1"),
        ("C2_A01a.jpg", "A01.1"),
        ("drop_2/A01.jpg", "A01.2"),
        # In the folder.
        ("A01/1.jpg", "A01.1"),
        ("B02/drop2.jpg", "B02.2"),
        ("E07/2024-01-05/overview.jpg", "E07.1"),
        # By number, row by row.
        ("well_1_drop_2.jpg", "A01.2"),
        ("Well 13 Drop 1.png", "B01.1"),
        ("well96_drop2.jpg", "H12.2"),
        ("w012d1.jpg", "A12.1"),
        ("plateID_14539/batchID_72673/wellNum_25/profileID_1/d2_r63_ef.jpg", "C01.2"),
        # Small letters, where there is nothing else.
        ("a01a.jpg", "A01.1"),
        ("lyso_h12_2.jpg", "H12.2"),
        # 384 wells.
        ("P24_1.jpg", "P24.1"),
        ("well_384_drop_1.jpg", "P24.1"),
    ],
)
def test_a_name_and_its_well(name, well):
    plate, unplaced = plate_of([name])
    assert [one.name for one in plate.images] == [well]
    assert unplaced == ()


NO_WELLS = (
    *("overview.jpg", "4711.jpg", "2021-09-14.jpg", "RI1000-0276.jpg", "97wo.jpg", "d1_r63_ef.jpg", "Q01a.jpg"),
    *("A25a.jpg", "A00a.jpg", "well_385_drop_1.jpg", "A01aa.jpg", "IMG_0012.jpg", "x2drop.jpg"),
    *("lyso_3D_001.jpg", "2D.jpg", "3D_1.jpg", "4C_1.jpg", "c1.jpg", "p2.jpg", "v1.2.jpg", "1.jpg"),
)


@pytest.mark.parametrize("name", NO_WELLS)
def test_a_name_without_a_well_is_left_out_and_said(name):
    plate, unplaced = plate_of([name])
    assert not plate.images
    assert [(one.path, one.reason) for one in unplaced] == [(Path(name), "its name holds no well")]


def test_an_ambiguous_name_is_not_guessed():
    _, unplaced = plate_of(["A01a_B02c.jpg", "A02a.jpg"])
    assert [(str(one.path), one.reason) for one in unplaced] == [
        ("A01a_B02c.jpg", "its name may mean the well A01a or B02c")
    ]


@given(st.lists(st.text("AaBbDdhHPpwelrop0123456789_-. /", min_size=1, max_size=24), max_size=6))
@examples(150)
def test_any_names_are_placed_or_said_each_once(names):
    paths = list(dict.fromkeys(Path(name) for name in names))
    plate, unplaced = plate_of(paths)
    placed = [path for of_well in plate.images.values() for path in of_well]
    assert sorted([*placed, *(one.path for one in unplaced)]) == sorted(paths)


def test_a_temperature_is_not_taken_for_a_well():
    _, unplaced = plate_of(["A01_20C_1.jpg", "A02_20C_1.jpg"])
    plate, _ = plate_of(["A01_20C_x.jpg", "A02_20C_x.jpg"])
    assert "its name may mean the well A01 or 20C_1" in [one.reason for one in unplaced]
    assert [one.name for one in plate.images] == ["A01.1", "A02.1"]


def test_what_all_names_share_is_no_well():
    plate, unplaced = plate_of([f"D1_2024_{well}.jpg" for well in ("A01", "A02", "H12")])
    assert [one.name for one in plate.images] == ["A01.1", "A02.1", "H12.1"]
    assert unplaced == ()
    plate, unplaced = plate_of(["plate_B2/001.jpg", "plate_B2/002.jpg"])
    assert not plate.images
    assert unplaced[0].reason == "all lie in a folder called B2, which may be no well"
    plate, _ = plate_of(["A01a_2023.jpg", "A01a_2024.jpg"])
    assert [(one.name, len(paths)) for one, paths in plate.images.items()] == [("A01.1", 2)]


def test_a_whole_plate_of_two_drops():
    names = [f"97wo_{column:02d}{row}_{drop}.jpg" for column in range(1, 13) for row in "ABCDEFGH" for drop in (1, 2)]
    plate, unplaced = plate_of(names)
    assert (plate.rows, plate.columns, plate.subwells) == (8, 12, (1, 2))
    assert len(plate.images) == 192 == len(plate.wells)
    assert unplaced == ()
    assert plate.statements == ()
    assert plate.shown(Well(2, 3, 1)) == Path("97wo_03B_1.jpg")
    assert [one.name for one in plate.wells[:3]] == ["A01.1", "A01.2", "A02.1"]


def test_drops_of_a_well_by_what_is_in_the_names():
    assert plate_of([])[0].subwells == (1, 2)
    assert plate_of(["A01.jpg", "A02.jpg"])[0].subwells == (1,)
    assert plate_of(["A01a.jpg", "A01c.jpg", "A01d.jpg"])[0].subwells == (1, 3, 4)
    assert plate_of(["01A_1.jpg", "01A_3.jpg"])[0].subwells == (1, 2, 3)


def test_384_wells_are_numbered_by_their_own_rows():
    plate, _ = plate_of(["well_25_drop_1.jpg", "well_97_drop_1.jpg"])
    assert (plate.rows, plate.columns) == (16, 24)
    assert [one.name for one in plate.images] == ["B01.1", "E01.1"]
    assert plate.statements == ("Numbers of wells are counted row by row",)


def test_bare_numbers_are_wells_only_where_all_names_are_such():
    plate, _ = plate_of(["1_1.jpg", "1_2.jpg", "13_1.jpg"])
    assert [one.name for one in plate.images] == ["A01.1", "A01.2", "B01.1"]
    assert plate.statements == ("Names such as 1_1 are read as number of the well, row by row, and number of the drop",)
    plate, unplaced = plate_of(["1_1.jpg", "A02a.jpg"])
    assert [one.name for one in plate.images] == ["A02.1"]
    assert unplaced[0].reason == "1_1 may be the number of a well, or another"


def test_of_several_images_the_last_inspection_is_shown_and_never_a_thumbnail():
    names = [
        "batchID_10/wellNum_1/profileID_1/d1_r99_ef.jpg",
        "batchID_10/wellNum_1/profileID_1/d1_r99_th.jpg",
        "batchID_2/wellNum_1/profileID_1/d1_r12_ef.jpg",
    ]
    plate, _ = plate_of(names)
    assert plate.images[Well(1, 1, 1)] == (Path(names[1]), Path(names[2]), Path(names[0]))
    assert plate.shown(Well(1, 1, 1)) == Path(names[0])
    assert "1 well has several images, such as A01.1 with 3" in plate.statements[1]
    dated, _ = plate_of(["2024-02-01_A01a.jpg", "2023-12-31_A01a.jpg"])
    assert dated.shown(Well(1, 1, 1)) == Path("2024-02-01_A01a.jpg")


def test_two_plates_in_one_folder_are_said():
    plate, _ = plate_of(["97wo_01A_1.jpg", "98ab_01A_1.jpg", "98ab_02A_1.jpg"])
    assert "such as 97wo and 98ab" in plate.statements[-1]


def test_a_well_that_no_plate_has():
    with pytest.raises(InputError, match="row 17"):
        Well(17, 1)
    with pytest.raises(InputError, match=r"H13\.1 does not lie on a plate of 8 by 12"):
        Plate(images={Well(8, 13): (Path("a"),)})
    with pytest.raises(InputError, match="has no image"):
        Plate(images={Well(8, 12): ()})
