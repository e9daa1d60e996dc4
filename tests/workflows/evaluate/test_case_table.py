from __future__ import annotations

import json
from pathlib import Path

import pytest

from napari_crystalseg.absorption import Coefficients
from napari_crystalseg.errors import InputError
from napari_crystalseg.workflows.evaluate.case_table import CaseRow, read_case_table
from napari_crystalseg.workflows.evaluate.cases import EvaluatedCase
from napari_crystalseg.workflows.evaluate.request import EvaluationRequest

MU = Coefficients(liquor=0.02, loop=0.03, crystal=0.01)


def test_csv_and_json_say_the_same(tmp_path):
    table = tmp_path / "cases.csv"
    table.write_text("name,voxel_size_um,mu_crystal,mu_liquor,mu_loop,unit\na,1.5,0.01,0.02,0.03,0..1\nb,,,,,\n")
    records = [
        {"name": "a", "voxel_size_um": 1.5, "mu_crystal": 0.01, "mu_liquor": 0.02, "mu_loop": 0.03, "seed": 1},
        {"name": "b", "voxel_size_um": None},
    ]
    (tmp_path / "cases.json").write_text(json.dumps(records))
    expected = {"a": CaseRow((1.5, 1.5, 1.5), MU), "b": CaseRow()}
    assert read_case_table(table) == expected == read_case_table(tmp_path / "cases.json")


def test_anisotropic_voxels(tmp_path):
    (tmp_path / "t.json").write_text('[{"name": "a", "voxel_size_um": [1, 2, 3]}]')
    assert read_case_table(tmp_path / "t.json")["a"].voxel_size_um == (1.0, 2.0, 3.0)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("voxel_size_um\n1\n", "each with its name"),
        ("name,voxel_size_um\na,1\na,2\n", "has a twice"),
        ("name,voxel_size_um\na,wide\n", r"t\.csv, a: voxel_size_um must be a number"),
        ("name,voxel_size_um\na,0\n", "must be positive"),
        ("name,mu_crystal\na,0.1\n", "together"),
    ],
)
def test_what_cannot_be_is_told_with_its_place(tmp_path, text, told):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InputError, match=told):
        read_case_table(tmp_path / "t.csv")


def test_damaged_and_absent_tables(tmp_path):
    (tmp_path / "t.json").write_text("{")
    with pytest.raises(InputError, match="no table"):
        read_case_table(tmp_path / "t.json")
    with pytest.raises(InputError, match="cannot be read"):
        read_case_table(tmp_path / "absent.csv")


def test_the_table_comes_before_what_holds_for_all():
    case = EvaluatedCase("a", "set", Path("a_labels.tif"))
    other = EvaluatedCase("b", "set", Path("b_labels.tif"))
    rows = {"set/a": CaseRow((2.0, 2.0, 2.0), MU), "a": CaseRow((9.0, 9.0, 9.0))}
    general = Coefficients(0.5, 0.5, 0.5)
    request = EvaluationRequest(coefficients=general, voxel_size_um=1.0, table=rows)
    assert request.coefficients_of(case) == (MU, "the table of cases")
    assert request.voxel_size_of(case) == (2.0, 2.0, 2.0)
    assert request.coefficients_of(other) == (general, "given") and request.voxel_size_of(other) == 1.0
