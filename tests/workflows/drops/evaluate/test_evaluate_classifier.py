"""A classifier against a table of what is true."""

from __future__ import annotations

import pytest

from napari_crystalseg.cli import main
from napari_crystalseg.errors import InputError
from napari_crystalseg.texts.json_text import parse_json
from napari_crystalseg.workflows.drops.evaluate.class_rows import ClassRow, read_class_rows
from napari_crystalseg.workflows.drops.evaluate.evaluate_classifier import evaluate_classifier

TRUTH = """path,class,set
images/a.png,crystals,unambiguous
images/b.png,clear,unambiguous
images/a.png,crystals,mostly
images/b.png,clear,mostly
images/c.png,precipitate,mostly
images/d.png,other,mostly
"""
RESULTS = """path,pred_class,pred_max_prob,clear,crystals,other,precipitate
/data/images/a.png,crystals,0.9,0,0.9,0,0.1
/data/images/b.png,clear,0.8,0.8,0.1,0.1,0
/data/images/c.png,crystals,0.6,0,0.6,0,0.4
/data/images/e.png,clear,1,1,0,0,0
"""


@pytest.fixture
def tables(tmp_path):
    (tmp_path / "truth.csv").write_text(TRUTH)
    (tmp_path / "results.csv").write_text(RESULTS)
    return tmp_path / "truth.csv", tmp_path / "results.csv"


def test_sets_and_what_is_missing(tables):
    found = evaluate_classifier(*tables)
    figures = found.figures["classifier"]
    assert figures["unambiguous"]["macro_f1"] == 1.0
    assert figures["mostly"]["images"] == 3
    assert figures["mostly"]["classes"]["crystals"] == pytest.approx({"precision": 0.5, "recall": 1.0, "f1": 2 / 3})
    assert figures["mostly"]["macro_f1"] == pytest.approx((2 / 3 + 0 + 1) / 3)
    assert found.statements == (
        "1 of 4 images of the truth have no result, and are left out",
        "1 results are of no image of the truth",
    )
    assert sorted(found.provenance.inputs) == ["results.csv", "truth.csv"]
    assert [one.title for one in found.tables][:2] == ["F1", "Classes"]


def test_the_command(tables, tmp_path, capsys):
    out = tmp_path / "tables.md"
    words = ["drops", "evaluate", "classifier", *map(str, tables)]
    assert main([*words, "--out", str(out)]) == 0
    shown = capsys.readouterr()
    assert "unambiguous       2" in shown.out
    assert "! 1 of 4 images of the truth have no result" in shown.err
    assert out.read_text().startswith("**F1**\n\n| set | images | Crystals |")
    assert parse_json(out.with_suffix(".json").read_text())["provenance"]["inputs"]
    assert main([*words, "--out", str(tmp_path / "all.json")]) == 0
    assert (tmp_path / "all.json").read_text() == out.with_suffix(".json").read_text()
    capsys.readouterr()
    assert main([*words, "--json"]) == 0
    assert parse_json(capsys.readouterr().out)["classifier"]["mostly"]["confusion"]["precipitate"]["crystals"] == 1
    assert main([*words, "--out", str(tmp_path / "tables.doc")]) == 2
    assert "ends in .txt, .md, .csv, .json" in capsys.readouterr().err
    assert main([*words, "--model", "x"]) == 2


def test_tables_of_other_forms(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a.png,light_precipitate\nb.png,Clear\n")
    assert read_class_rows(path) == (ClassRow("a.png", "precipitate"), ClassRow("b.png", "clear"))
    path.write_bytes(b"\xef\xbb\xbfLabel,Filename\r\n3D crystals,a.png\r\n\r\n")
    assert read_class_rows(path) == (ClassRow("a.png", "crystals"),)
    (tmp_path / "truth.csv").write_text("path,class\na.png,other\n")
    assert read_class_rows(tmp_path) == (ClassRow("a.png", "other"),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("x,y\n1,2\n", "no columns path and class"),
        ("path,class\na.png,cat\n", "line 2 names the class 'cat'; known are clear"),
        ("path,class\na.png\n", "line 2 has too few cells"),
        ("path,class\n", "names no images"),
    ],
)
def test_what_is_no_table_of_classes(tmp_path, text, said):
    path = tmp_path / "table.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=said) as caught:
        read_class_rows(path)
    assert "table.csv" in str(caught.value)


def test_results_of_other_images_and_two_classes(tables, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("path,class\nz.png,clear\n")
    with pytest.raises(InputError, match="None of the 4 images of the truth has a class"):
        evaluate_classifier(tables[0], other)
    other.write_text("path,class\na.png,clear\na.png,other\n")
    with pytest.raises(InputError, match=r"gives a\.png two classes"):
        evaluate_classifier(tables[0], other)
