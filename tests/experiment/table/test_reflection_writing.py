from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.experiment.table.reflection_file import read_table
from napari_crystalseg.experiment.table.reflection_writing import write_reflection_file


def test_columns_come_back_with_their_kinds(tmp_path):
    columns = {
        "miller_index": np.array([[1, -2, 3], [4, 5, 6]]),
        "panel": np.array([0, 23]),
        "id": np.array([0, 1]),
        "s1": np.random.default_rng(1).normal(size=(2, 3)),
        "d": np.array([1.5, 2.5]),
    }
    write_reflection_file(tmp_path / "table.refl", columns, {0: "one", 1: "two"})
    back, names = read_table(tmp_path / "table.refl")
    assert names == {0: "one", 1: "two"}
    assert back["panel"].dtype == np.uint64 and back["id"].dtype == np.int32
    for name, values in columns.items():
        assert (back[name] == values).all()


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({}, "all of one length"),
        ({"d": np.ones(2), "lp": np.ones(3)}, "all of one length"),
        ({"d": np.ones((2, 7))}, "7 components"),
        ({"panel": np.ones((2, 2))}, "needs 1 numbers a row"),
    ],
)
def test_tables_that_are_none(tmp_path, columns, sentence):
    with pytest.raises(InputError, match=sentence):
        write_reflection_file(tmp_path / "table.refl", columns)
    assert not list(tmp_path.iterdir())
