"""crystalseg drops simulate"""

from __future__ import annotations

from pathlib import Path

import pytest

from napari_crystalseg.cli import main
from napari_crystalseg.cli.commands.drops.simulate import DropClass
from napari_crystalseg.drops.classes import DROP_CLASSES


def test_the_classes_that_are_offered_are_those_of_drops() -> None:
    assert tuple(one.value for one in DropClass) == DROP_CLASSES


def test_drops_of_a_size_and_class_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--number", "2", "--seed", "4", "--size", "48x64", "--class", "clear", "--format", "jpg"]
    assert main(["drops", "simulate", str(tmp_path / "drops"), *asked]) == 0
    assert "2 drops in" in capsys.readouterr().out
    assert len(list((tmp_path / "drops" / "images").glob("*.jpg"))) == 2


@pytest.mark.parametrize(("size", "said"), [("large", "--size is rows and columns"), ("8x8", "32 to 4096 pixels")])
def test_sizes_that_cannot_be_made_are_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], size: str, said: str
) -> None:
    assert main(["drops", "simulate", str(tmp_path / "drops"), "--number", "1", "--seed", "1", "--size", size]) == 2
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == 1
    assert not list(tmp_path.iterdir())
