"""The models of the real experiment must predict the scattered vectors of its own table."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from napari_crystalseg.absorption import Directions
from napari_crystalseg.absorption.dials.judged.completed_rows import complete_rows
from napari_crystalseg.errors import InputError
from napari_crystalseg.experiment import read_experiment, read_reflections
from napari_crystalseg.experiment.table.reflection_file import read_table
from napari_crystalseg.samples import sample_data_folder

FOLDER = sample_data_folder()
EXPT, REFL = FOLDER / "lcyst_01_first10_integrated.expt", FOLDER / "lcyst_01_first10_integrated.refl"


@pytest.fixture
def pair():
    return read_experiment(EXPT), read_reflections(REFL)


@pytest.fixture
def written(tmp_path, pack_table):
    """A function that writes the sample table without some columns and with others changed."""

    def write(drop=(), **changes):
        columns, identifiers = read_table(REFL)
        columns = {k: v for k, v in {**columns, **changes}.items() if k not in drop}
        keep = ("s1", "id", "flags", "panel", "miller_index")
        path = tmp_path / "t.refl"
        path.write_bytes(pack_table({k: v for k, v in columns.items() if k in keep or k[:3] == "xyz"}, identifiers))
        return path

    return write


def test_calculated_positions_in_mm_give_s1_to_rounding(pair):
    """Measured: 2.5e-14 degrees at most."""
    check = complete_rows(*pair).check
    assert check.compared == 85
    assert check.largest_deg < 1e-12
    assert not check.doubtful
    indexed = pair[1].experiment_id >= 0
    computed = complete_rows(pair[0], replace(pair[1], s1=None)).s1
    assert np.abs(computed - pair[1].s1)[indexed].max() < 1e-14


def test_positions_in_pixels_give_s1_within_the_parallax_approximation(pair):
    """Measured: 7e-6 degrees at most; 0.012 degrees if parallax were not corrected."""
    experiment, table = pair
    table = replace(table, observed_mm=None, calculated_mm=None)
    assert complete_rows(experiment, table).check.largest_deg < 1e-5
    sweep = experiment.sweeps[0]
    plain = replace(sweep.detector, panels=(replace(sweep.detector.panels[0], sensor=None),))
    experiment = replace(experiment, sweeps=(replace(sweep, detector=plain),))
    assert 0.01 < complete_rows(experiment, table).check.largest_deg < 0.015


def test_observed_positions_are_close(pair, written):
    """Spots lie within a pixel or two of where they are calculated. Measured: 0.027 degrees in the median."""
    check = complete_rows(pair[0], read_reflections(written(drop=("xyzcal.mm", "xyzcal.px")))).check
    assert 0.01 < check.median_deg < 0.05
    assert check.largest_deg < 0.5


def test_table_of_another_detector_position_is_refused(pair, tmp_path):
    record = json.loads(EXPT.read_text())
    record["detector"][0]["panels"][0]["origin"][0] += 10.0
    path = tmp_path / "moved.expt"
    path.write_text(json.dumps(record))
    with pytest.raises(InputError, match="do not belong together"):
        Directions.of_files(path, REFL)
    record["detector"][0]["panels"][0]["origin"][0] -= 9.3
    path.write_text(json.dumps(record))
    found = Directions.of_files(path, REFL)
    assert found.rows.check.doubtful
    assert "same step" in found.statements[0]


def test_without_a_detector_nothing_is_compared(pair):
    experiment, table = pair
    bare = replace(experiment, sweeps=(replace(experiment.sweeps[0], detector=None),))
    for rows in (complete_rows(bare, table), complete_rows(experiment, replace(table, panel=None))):
        assert rows.check.compared == 0
        assert "could not be checked" in rows.statements[0]
    with pytest.raises(InputError, match="no s1, and the experiment has no detector"):
        complete_rows(bare, replace(table, s1=None))


def test_missing_s1_is_computed_and_said(pair, written):
    found = Directions.of(pair[0], read_reflections(written(drop=("s1",))))
    indexed = found.experiment_id >= 0
    assert np.abs(found.rows.s1 - pair[1].s1)[indexed].max() < 1e-14
    steps = {step["step"]: step for step in found.provenance.steps}
    assert steps["complete the reflection table"]["computed"] == ["s1 from the positions on the panels"]
    assert any("computed from the models: s1 from" in statement for statement in found.statements)
    # Spots that were not indexed have only an observed position; it is of the right length.
    assert np.linalg.norm(found.rows.s1, axis=1) == pytest.approx(1 / 0.6889)


def test_missing_angles_are_computed_from_images(pair, written):
    rows = complete_rows(pair[0], read_reflections(written(drop=("xyzobs.mm.value", "xyzcal.mm"))))
    assert rows.phi_rad == pytest.approx(complete_rows(*pair).phi_rad, abs=1e-9)
    assert rows.computed == ("scan angles from positions in images",)


def test_neither_s1_nor_positions(written):
    for drop in (("s1", "panel"), ("s1", "xyzcal.mm", "xyzcal.px", "xyzobs.mm.value", "xyzobs.px.value")):
        with pytest.raises(InputError, match="no column 's1'"):
            read_reflections(written(drop=drop))


def test_columns_of_the_wrong_type_are_refused(written):
    for change in ({"s1": np.ones(92)}, {"xyzobs.mm.value": np.ones(92)}):
        with pytest.raises(InputError, match="wrong type"):
            read_reflections(written(**change))


def test_where_no_angle_was_observed_the_calculated_one_is_taken(pair, written):
    columns, _ = read_table(REFL)
    observed = columns["xyzobs.mm.value"].copy()
    observed[3, 2] = np.nan
    rows = complete_rows(pair[0], read_reflections(written(**{"xyzobs.mm.value": observed}, drop=("xyzobs.px.value",))))
    assert rows.phi_rad[3] == columns["xyzcal.mm"][3, 2]
