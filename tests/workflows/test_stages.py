from __future__ import annotations

import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.workflows.stages import Stages, fingerprint, hash_code


def test_a_stage_is_finished_only_with_its_files_and_its_fingerprint(tmp_path):
    stages = Stages(tmp_path / "out")
    file = stages.folder / "a.txt"
    file.write_text("one")
    stages.finish("first", "f1", [file], {"n": 3})
    again = Stages(tmp_path / "out")
    assert again.finished("first", "f1")
    assert again.facts("first") == {"n": 3}
    assert not again.finished("first", "f2")
    file.write_text("two")
    assert not again.finished("first", "f1")


def test_beginning_a_stage_removes_what_it_wrote_and_nothing_outside(tmp_path):
    stages = Stages(tmp_path / "out")
    inside, outside = stages.folder / "a.txt", tmp_path / "mine.txt"
    inside.write_text("one")
    outside.write_text("keep")
    stages.finish("first", "f1", [inside], {})
    stages._stages["first"]["files"]["../mine.txt"] = "0"
    stages.begin("first")
    assert not inside.exists()
    assert outside.exists()
    assert not Stages(tmp_path / "out").finished("first", "f1")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema_version": 1}', '{"schema_version": 99, "stages": {}}'])
def test_a_foreign_manifest_is_no_obstacle(tmp_path, content):
    (tmp_path / "manifest.json").write_text(content)
    assert not Stages(tmp_path).finished("first", "f1")


def test_a_file_is_no_folder_for_results(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="is a file"):
        Stages(tmp_path / "file")


def test_fingerprints_tell_parameters_and_rooms_apart():
    assert fingerprint(("io",), a=1) == fingerprint(("io",), a=1)
    assert fingerprint(("io",), a=1) != fingerprint(("io",), a=2)
    assert fingerprint(("io",), a=1) != fingerprint(("absorption",), a=1)
    assert len(hash_code("workflows/stages")) == 64
