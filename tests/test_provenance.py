from __future__ import annotations

import hashlib
import json
import os

import numpy as np
import pytest

from napari_crystalseg import provenance
from napari_crystalseg.errors import InputError
from napari_crystalseg.provenance import Provenance, hash_array, hash_file, hash_folder, hash_path
from napari_crystalseg.texts.printable import printable


def test_hashes_are_those_of_sha256(tmp_path):
    (tmp_path / "a.bin").write_bytes(b"abc")
    # FIPS 180-2, appendix B.1.
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert hash_file(tmp_path / "a.bin") == hash_path(tmp_path / "a.bin") == known
    assert hash_path(tmp_path) == hash_folder(tmp_path) == hashlib.sha256(f"a.bin\0{known}\n".encode()).hexdigest()


def test_a_folder_is_known_by_names_and_contents_wherever_it_lies(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name / "sub").mkdir(parents=True)
        (tmp_path / name / "sub" / "a").write_text("1")
    assert hash_folder(tmp_path / "one") == hash_folder(tmp_path / "two")
    (tmp_path / "two" / "sub" / "a").rename(tmp_path / "two" / "sub" / "b")
    assert hash_folder(tmp_path / "one") != hash_folder(tmp_path / "two")


def test_an_array_is_known_by_type_shape_and_values():
    array = np.arange(6, dtype=np.int32).reshape(2, 3)
    assert hash_array(array) == hash_array(np.asfortranarray(array)) == hash_array(array[:, ::-1][:, ::-1])
    others = (array.astype(np.int64), array.reshape(3, 2), array + 1, array.view(np.float32))
    assert len({hash_array(one) for one in (array, *others)}) == 5


def test_large_files_are_read_when_their_hash_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "_HASHED_AT_ONCE_BYTES", 2)
    for name in ("a.h5", "b.h5"):
        (tmp_path / name).write_text(name)
    record = Provenance.of_file(tmp_path / "a.h5", tmp_path / "b.h5")
    assert list(record.inputs) == ["a.h5", "b.h5"] and len(record.inputs) == 2
    assert dict(record.inputs.known) == {} and "not read yet" in repr(record.inputs)
    assert record.inputs["a.h5"] == hash_file(tmp_path / "a.h5")
    assert list(record.inputs.known) == ["a.h5"]
    (tmp_path / "b.h5").write_text("another text")
    assert "changed after it was opened" in record.inputs["b.h5"]


def test_a_file_that_is_gone_is_not_known(tmp_path, monkeypatch):
    monkeypatch.setattr(provenance, "_HASHED_AT_ONCE_BYTES", 0)
    (tmp_path / "a.h5").write_text("a")
    record = Provenance.of_file(tmp_path / "a.h5")
    (tmp_path / "a.h5").unlink()
    assert record.to_dict()["inputs"] == {"a.h5": "not known: the file changed after it was opened"}


@pytest.mark.parametrize("at_once", [0, 2**20])
def test_the_record_in_a_file_comes_before_that_of_its_reading(tmp_path, monkeypatch, at_once):
    monkeypatch.setattr(provenance, "_HASHED_AT_ONCE_BYTES", at_once)
    (tmp_path / "v.tif").write_text("v")
    earlier = Provenance({"scan.h5": "0"}, model_sha256="1", seed=7).then("reconstruct")
    record = Provenance.of_file(tmp_path / "v.tif").then("open").following(earlier)
    assert dict(record.inputs) == {"scan.h5": "0", "v.tif": hash_file(tmp_path / "v.tif")}
    assert [step["step"] for step in record.steps] == ["reconstruct", "open"]
    assert (record.model_sha256, record.seed) == ("1", 7)


def test_a_step_is_added_to_another_record():
    begun = Provenance()
    record = begun.then("segment", model_sha256="ab", threshold=0.5).then("edit")
    assert begun.steps == ()
    assert record.steps == ({"step": "segment", "threshold": 0.5}, {"step": "edit"})
    assert record.model_sha256 == "ab"


def test_assumptions_and_findings_are_told_once_each():
    record = Provenance().then("open", assumed="flipped").then("open").then("open", assumed="flipped")
    record = record.then("open", assumed="a\nline").then("segment", assumed="nothing")
    assert record.assumptions == ("flipped", "a line")
    record = record.then("reconstruct", said=["drift", "rings"]).then("reconstruct", said=["drift"])
    assert record.then("reconstruct", said="text").findings == ("drift", "rings")


@pytest.mark.parametrize(
    "record",
    [
        [],
        {1: 2},
        {"inputs": {"a": 1}},
        {"inputs": ["a"]},
        {"steps": "open"},
        {"steps": [{"step": "open", "assumed": 3}]},
        {"model_sha256": 7},
        {"seed": 0.5},
    ],
)
def test_a_damaged_record_is_refused(record):
    with pytest.raises(InputError, match="is damaged"):
        Provenance.from_dict(record)


def test_what_a_later_version_adds_is_passed_over():
    record = json.loads(json.dumps({**Provenance(seed=3).then("open").to_dict(), "colour": "blue"}))
    assert Provenance.from_dict(record) == Provenance(seed=3).then("open")
    assert Provenance.from_dict({}) == Provenance()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("µ Kristall 水.tif", "µ Kristall 水.tif"),
        (os.fsdecode(b"caf\xe9.h5"), r"caf\xe9.h5"),
        ("half \ud83d", r"half \ud83d"),
        ("two\nlines\x1b", r"two\nlines\x1b"),
        ("exe.\u202etif", r"exe.\u202etif"),
    ],
)
def test_names_that_every_page_can_hold(name, shown):
    assert printable(name) == shown
