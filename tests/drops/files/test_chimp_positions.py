"""CHiMP's table of positions, letter by letter, and back."""

from __future__ import annotations

import csv
from itertools import chain

import numpy as np
import pytest

from napari_crystalseg.drops.files import (
    PositionsRow,
    chimp_positions_text,
    read_chimp_positions,
    write_chimp_positions,
)
from napari_crystalseg.drops.objects import CRYSTAL, DROP, DropObject, DropObjects
from napari_crystalseg.errors import InputError

CRYSTALS = (
    PositionsRow("images/a, b.jpg", True, places_px=((512, 600), (3, 4))),
    PositionsRow("images/c.jpg", False),
)
ECHO = (
    PositionsRow("images/a, b.jpg", True, offset_um=(283.7, -14.185)),
    PositionsRow("images/c.jpg", False, offset_um=(0.0, 2.837)),
    PositionsRow("images/d.jpg", False),
)


def test_the_text_is_chimps():
    assert chimp_positions_text(CRYSTALS, echo=False) == (
        'Filepath,Coords,Crystals\r\n"images/a, b.jpg","[(512, 600), (3, 4)]",True\r\nimages/c.jpg,[],False\r\n'
    )
    assert chimp_positions_text(ECHO, echo=True) == (
        "Filepath,Coords,Crystals\r\n"
        '"images/a, b.jpg","(283.7, -14.185)",True\r\n'
        'images/c.jpg,"(0.0, 2.837)",False\r\n'
        "images/d.jpg,,False\r\n"
    )


def test_as_the_writer_of_chimp_does_it(tmp_path):
    """The same values through the steps of its coord_generator: lists of arrays, chained, and a csv writer."""
    path = tmp_path / "theirs.csv"
    places = [[np.array([512, 600])], [np.array([3, 4])]]
    with open(path, "w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["Filepath", "Coords", "Crystals"])
        writer.writerow(["images/a, b.jpg", [tuple(x.tolist()) for x in chain.from_iterable(places)], True])
        writer.writerow(["images/c.jpg", [], False])
    assert path.read_bytes().decode() == chimp_positions_text(CRYSTALS, echo=False)


def test_numbers_of_numpy_are_written_plain():
    row = PositionsRow("a", True, ((np.int64(1), np.int64(2)),), (np.float64(0.1), np.float64(-3)))
    assert chimp_positions_text([row], echo=False).splitlines()[1] == 'a,"[(1, 2)]",True'
    assert chimp_positions_text([row], echo=True).splitlines()[1] == 'a,"(0.1, -3.0)",True'


def test_of_objects_the_centroids_of_crystals_that_are_sure_enough_best_first():
    one, two = np.zeros((20, 20), bool), np.zeros((20, 20), bool)
    one[2:5, 3:8], two[10:13, 10:11] = True, True
    objects = DropObjects(
        (20, 20),
        (
            DropObject(CRYSTAL, one, score=0.7),
            DropObject(CRYSTAL, two, score=0.9),
            DropObject(CRYSTAL, one, score=0.5),
            DropObject(DROP, np.ones((20, 20), bool)),
        ),
    )
    assert PositionsRow.of_objects("a.jpg", objects) == PositionsRow("a.jpg", True, ((11, 10), (3, 5)))
    assert PositionsRow.of_objects("a.jpg", DropObjects((20, 20))).crystals is False


@pytest.mark.parametrize(("rows", "echo"), [(CRYSTALS, False), (ECHO, True)])
def test_round_trip(tmp_path, rows, echo):
    path = tmp_path / "positions.csv"
    write_chimp_positions(rows, path, echo)
    assert read_chimp_positions(path) == rows


def test_what_numpy_2_and_spreadsheets_make_of_it_is_read(tmp_path):
    path = tmp_path / "positions.csv"
    path.write_bytes(
        b"\xef\xbb\xbfFilepath,Coords,Crystals\n"
        b'a.jpg,"(np.float64(283.7), np.float64(-1.5))",TRUE\n'
        b'b.jpg,"[(np.int64(4), np.int64(5))]",True\n\n'
    )
    assert read_chimp_positions(path) == (
        PositionsRow("a.jpg", True, offset_um=(283.7, -1.5)),
        PositionsRow("b.jpg", True, ((4, 5),)),
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no column Filepath"),
        ("Filepath,Crystals\na,True\n", "no column Coords"),
        ("Filepath,Coords,Crystals\na\n", "line 2 has too few cells"),
        ("Filepath,Coords,Crystals\na,[],maybe\n", "neither True nor False"),
        ("Filepath,Coords,Crystals\na,__import__('os'),True\n", "cannot be read"),
        ('Filepath,Coords,Crystals\na,"(1, 2, 3)",True\n', "not pairs of numbers"),
        ('Filepath,Coords,Crystals\na,"[(1, 1e999)]",True\n', "not pairs of numbers"),
        ("Filepath,Coords,Crystals\na," + "(" * 5000 + ",True\n", "cannot be read"),
    ],
)
def test_what_is_not_such_a_table(tmp_path, text, said):
    path = tmp_path / "positions.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=said) as caught:
        read_chimp_positions(path)
    assert "positions.csv" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")
