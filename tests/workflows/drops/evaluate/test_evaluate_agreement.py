"""How often several people give the same class."""

from __future__ import annotations

import pytest

from napari_crystalseg.cli import main
from napari_crystalseg.drops.scores import agreement
from napari_crystalseg.errors import InputError
from napari_crystalseg.workflows.drops.evaluate.evaluate_agreement import evaluate_agreement


def test_pairs_and_all():
    found = agreement({"a": ["x", "x", "y", "z"], "b": ["x", "y", "y", "z"], "c": ["x", "y", "y", "y"]})
    assert found.pairs == {("a", "b"): 0.75, ("a", "c"): 0.5, ("b", "c"): 0.75}
    assert (found.images, found.all_agree) == (4, 0.5)


def test_tables_in_any_order_and_what_is_not_in_all(tmp_path, capsys):
    (tmp_path / "ann.csv").write_text("path,class\na.png,clear\nb.png,crystals\nc.png,other\n")
    (tmp_path / "bob.csv").write_text("path,class\n/x/b.png,crystals\n/x/a.png,other\n")
    files = [tmp_path / "ann.csv", tmp_path / "bob.csv"]
    found = evaluate_agreement(files)
    assert found.tables[0].rows == (("ann", "bob", 2, 0.5),)
    assert found.statements == ("1 of 3 images of ann.csv are not in all tables, and are left out",)
    assert main(["drops", "evaluate", "agreement", *map(str, files)]) == 0
    assert "ann    bob          2      0.5000" in capsys.readouterr().out


def test_what_is_refused(tmp_path):
    table = tmp_path / "ann.csv"
    table.write_text("path,class\na.png,clear\na.png,other\n")
    with pytest.raises(InputError, match="name another table"):
        evaluate_agreement([table])
    with pytest.raises(InputError, match="two classes"):
        evaluate_agreement([table, table])
    table.write_text("path,class\na.png,clear\n")
    (tmp_path / "bob.csv").write_text("path,class\nb.png,clear\n")
    with pytest.raises(InputError, match="No image is in all"):
        evaluate_agreement([table, tmp_path / "bob.csv"])
    with pytest.raises(InputError, match="between two"):
        agreement({"a": ["x"]})
    with pytest.raises(InputError, match="same images"):
        agreement({"a": ["x"], "b": []})
