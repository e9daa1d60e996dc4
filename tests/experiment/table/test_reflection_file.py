from __future__ import annotations

import msgpack
import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.experiment.table.reflection_file import read_reflection_file
from napari_crystalseg.samples import sample_data_folder

REFL = sample_data_folder() / "lcyst_01_first10_integrated.refl"
HEAD = "dials::af::reflection_table"


def test_a_new_column_leaves_every_byte_of_the_others(tmp_path):
    values = np.linspace(0.1, 0.9, 92)
    read_reflection_file(REFL, ()).write_with({"analytical_correction": values}, tmp_path / "x.refl")
    before, after = (msgpack.unpackb(p.read_bytes(), strict_map_key=False) for p in (REFL, tmp_path / "x.refl"))
    kind, (rows, content) = after[2]["data"].pop("analytical_correction")
    assert (kind, rows, content) == ("double", 92, values.astype("<f8").tobytes())
    assert after == before
    # And as bytes: taking the column out of the stream gives the file back.
    column = msgpack.packb("analytical_correction") + msgpack.packb(["double", [92, content]], use_bin_type=True)
    packed = (tmp_path / "x.refl").read_bytes()
    assert packed.count(column) == 1
    count = len(before[2]["data"])
    grown, plain = (msgpack.Packer().pack_map_header(n) for n in (count + 1, count))
    at = packed.index(column)
    assert packed[:at].endswith(grown)  # DIALS sorts its columns, and this is the first
    assert packed[: at - len(grown)] + plain + packed[at + len(column) :] == REFL.read_bytes()


def test_the_column_is_replaced_and_goes_where_it_belongs(tmp_path):
    first, second, third = (tmp_path / f"{i}.refl" for i in range(3))
    read_reflection_file(REFL, ()).write_with({"m": np.ones(92)}, first)
    read_reflection_file(first, ()).write_with({"m": np.full(92, 2.0)}, second)
    read_reflection_file(second, ()).write_with({"zz": np.ones(92)}, third)
    file = read_reflection_file(third)
    assert file.names == tuple(sorted(file.names))
    assert len(file.names) == len(read_reflection_file(REFL).names) + 2
    assert (file.columns["m"] == 2).all()


def test_only_columns_asked_for_are_kept():
    file = read_reflection_file(REFL, ("d", "nothing"))
    assert list(file.columns) == ["d"]
    assert file.rows == 92
    assert len(file.names) == 35
    assert file.column("nothing") is None
    with pytest.raises(InputError, match=r"'d' .* wrong type"):
        file.column("d", 3)
    with pytest.raises(InputError, match=r"'d' .* wrong type"):
        file.column("d", kinds="i")


def test_the_input_is_never_written_over(tmp_path):
    path = tmp_path / "a.refl"
    path.write_bytes(REFL.read_bytes())
    link = tmp_path / "b.refl"
    link.hardlink_to(path)
    for out in (path, link):
        with pytest.raises(InputError, match="name another file"):
            read_reflection_file(path, ()).write_with({"x": np.ones(92)}, out)
    assert path.read_bytes() == REFL.read_bytes()


def test_values_of_another_table_are_refused(tmp_path):
    with pytest.raises(InputError, match="92 rows"):
        read_reflection_file(REFL, ()).write_with({"x": np.ones(91)}, tmp_path / "x.refl")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("length", [0, 1, 20, 200, 30000, 51990])
def test_truncated_anywhere_is_refused(tmp_path, length):
    path = tmp_path / "x.refl"
    path.write_bytes(REFL.read_bytes()[:length])
    with pytest.raises(InputError, match="truncated"):
        read_reflection_file(path)
    with pytest.raises(InputError, match="truncated"):
        read_reflection_file(path, ())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (REFL.read_bytes() + b"\0", "goes on after"),
        (msgpack.packb([HEAD, 3, {}]), "version 3"),
        (msgpack.packb([HEAD, 1, 5]), "damaged"),
        (msgpack.packb({"a": 1}), "not a DIALS reflection table"),
        (msgpack.packb([HEAD, 1, {"nrows": "many", "data": {}}]), "without rows"),
        (msgpack.packb([HEAD, 1, {"nrows": -1, "data": {}}]), "without rows"),
        (msgpack.packb([HEAD, 1, {"nrows": 1}]), "without rows"),
        (msgpack.packb([HEAD, 1, {"nrows": 1, "data": 7}]), "damaged"),
        (msgpack.packb([HEAD, 1, {"nrows": 1, "data": {"d": "x"}}]), "cannot be read"),
        (msgpack.packb([HEAD, 1, {"nrows": 1, "data": {"d": ["double", [1, "12345678"]]}}]), "damaged"),
        (msgpack.packb([HEAD, 1, {"nrows": 2, "data": {"d": ["double", [1, b"12345678"]]}}]), "2 rows"),
        (msgpack.packb([HEAD, 1, {"identifiers": {"x": "y"}, "nrows": 1, "data": {}}]), "identifiers"),
    ],
)
def test_damaged_files_are_refused(tmp_path, content, message):
    path = tmp_path / "x.refl"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_reflection_file(path)
