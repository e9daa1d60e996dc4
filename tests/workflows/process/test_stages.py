from __future__ import annotations

import ast
import shutil

import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.io import write_text, writing_into
from napari_crystalseg.workflows.process.code_fingerprint import PACKAGE, code_files, code_fingerprint
from napari_crystalseg.workflows.process.stages import Stages, asked, fingerprint


def test_a_stage_is_finished_only_with_its_files_and_its_fingerprint(tmp_path):
    with writing_into(tmp_path / "out") as output:
        stages = Stages(output)
        file = stages.folder / "a.txt"
        write_text(file, "one")
        stages.finish("first", "f1", [file], {"n": 3}, "asked")
        again = Stages(output)
        assert again.finished("first", "f1")
        assert again.facts("first") == {"n": 3} and again.asked("first") == "asked"
        assert not again.finished("first", "f2")
        file.write_text("two")
        assert not again.finished("first", "f1")
        assert again.changed("first") == ["a.txt"]
        again.adopt("first", "f2", {"n": 4})
        assert again.finished("first", "f2") and file.read_text() == "two"


def test_beginning_a_stage_removes_what_it_wrote_and_nothing_outside(tmp_path):
    with writing_into(tmp_path / "out") as output:
        stages = Stages(output)
        inside, changed, outside = stages.folder / "a.txt", stages.folder / "b.txt", tmp_path / "mine.txt"
        write_text(inside, "one")
        write_text(changed, "one")
        outside.write_text("keep")
        stages.finish("first", "f1", [inside, changed], {})
        changed.write_text("of the user")
        stages._stages["first"]["files"]["../mine.txt"] = "0"
        stages.begin("first")
        assert not inside.exists() and not changed.exists()
        assert outside.exists()
        assert (stages.folder / "b.kept.txt").read_text() == "of the user"
        assert "b.txt" in output.statements[0] and "kept as b.kept.txt" in output.statements[0]
        assert not Stages(output).finished("first", "f1")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema_version": 1}', '{"schema_version": 99, "stages": {}}'])
def test_a_foreign_manifest_is_no_obstacle_and_is_not_lost(tmp_path, content):
    (tmp_path / "manifest.json").write_text(content)
    with writing_into(tmp_path) as output:
        stages = Stages(output)
        assert not stages.finished("first", "f1")
        stages.finish("first", "f1", [], {})
    assert (tmp_path / "manifest.kept.json").read_text() == content


def test_two_runs_do_not_share_a_folder(tmp_path):
    with writing_into(tmp_path / "out"):
        with writing_into(tmp_path / "out" / "masks"):
            pass  # of the same run
        from threading import Thread

        said = []

        def other():
            try:
                with writing_into(tmp_path / "out"):
                    said.append("in")
            except InputError as error:
                said.append(str(error))

        thread = Thread(target=other)
        thread.start()
        thread.join()
        assert "is being written by another run" in said[0]


def test_fingerprints_tell_parameters_apart():
    assert fingerprint(a=1) == fingerprint(a=1) != fingerprint(a=2)
    assert asked({"a": 1}) == asked({"a": 1}) != asked({"a": 2})


def test_any_change_of_code_but_in_the_faces_changes_the_fingerprint(tmp_path):
    package = tmp_path / "package"
    for file in (
        PACKAGE / name
        for name in ("factors.py", "absorption/tracing/tracer.py", "pictures/report.css", "cli/commands/info.py")
    ):
        place = package / file.relative_to(PACKAGE)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, place)
    known = {code_fingerprint.__wrapped__(package)}
    for name, counts in (
        ("factors.py", True),
        ("absorption/tracing/tracer.py", True),
        ("pictures/report.css", True),
        ("cli/commands/info.py", False),
    ):
        with (package / name).open("a") as file:
            file.write("\n")
        assert (code_fingerprint.__wrapped__(package) not in known) == counts, name
        known.add(code_fingerprint.__wrapped__(package))


def test_all_that_a_stage_can_reach_counts():
    """The closure of the imports of process, deferred ones too, lies in the files whose hash is taken."""
    counted = {file.relative_to(PACKAGE).as_posix() for file in code_files()}
    seen, left = set(), ["workflows/process/process.py"]
    while left:
        name = left.pop()
        if name in seen:
            continue
        seen.add(name)
        parts = name.removesuffix(".py").split("/")
        stub = (PACKAGE / name).with_suffix(".pyi")  # of a package whose names are imported when first used
        text = (stub if stub.is_file() else PACKAGE / name).read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.ImportFrom) or not node.level:
                continue
            base = [*parts[: len(parts) - node.level], *(node.module or "").split(".")]
            base = [part for part in base if part]
            for path in (base, *([*base, alias.name] for alias in node.names)):
                place = PACKAGE.joinpath(*path)
                left += [
                    file.relative_to(PACKAGE).as_posix()
                    for file in (place.with_suffix(".py"), place / "__init__.py")
                    if path and file.is_file()
                ]
    assert "factors.py" in seen and "absorption/tracing/tracing_kernel.py" in seen
    assert "pictures/rendering_kernel.py" in seen
    assert seen <= counted
