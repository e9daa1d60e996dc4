"""The table with intensities divided by A: what is divided, what stays, and that nothing is corrected twice."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from helpers.packed_table import packed
from napari_crystalseg.absorption import Directions, write_scaling_table
from napari_crystalseg.absorption.corrected_table import OF_SCALING, corrected_commands, write_corrected_table
from napari_crystalseg.errors import InputError
from napari_crystalseg.experiment.table.measured_intensities import DIVIDED_OUT, read_intensities
from napari_crystalseg.experiment.table.reflection_file import read_reflection_file
from napari_crystalseg.factors import ABSORBING, Factors
from napari_crystalseg.samples import sample_data_folder

FOLDER = sample_data_folder()
EXPT, REFL = FOLDER / "lcyst_01_first10_integrated.expt", FOLDER / "lcyst_01_first10_integrated.refl"


@pytest.fixture
def directions():
    return Directions.of_files(EXPT, REFL)


def factors_of(directions, absorption):
    zeros = np.zeros(len(absorption))
    return Factors(absorption, zeros, dict.fromkeys(ABSORBING, zeros), directions.miller_index)


def drawn(n=92):
    return np.random.default_rng(0).uniform(0.2, 0.9, n)


def test_intensities_and_variances_are_divided_and_all_else_stays(directions, tmp_path):
    absorption = drawn()
    written = write_corrected_table(directions, factors_of(directions, absorption), tmp_path / "x_corrected.refl")
    before, after = read_reflection_file(REFL), read_reflection_file(written.path)
    assert set(after.names) == set(before.names) | {DIVIDED_OUT}
    assert list(after.names) == sorted(after.names)
    for kind in ("sum", "prf"):
        value, variance = f"intensity.{kind}.value", f"intensity.{kind}.variance"
        assert value in written.columns
        np.testing.assert_array_equal(after.columns[value], before.columns[value] / absorption)
        np.testing.assert_array_equal(after.columns[variance], before.columns[variance] / absorption**2)
    for name in set(before.columns) - set(written.columns):
        np.testing.assert_array_equal(after.columns[name], before.columns[name])
    np.testing.assert_array_equal(after.columns[DIVIDED_OUT], absorption)
    assert after.identifiers == before.identifiers


def test_it_says_what_it_is_and_what_it_is_not_for(directions, tmp_path):
    written = write_corrected_table(directions, factors_of(directions, drawn()), tmp_path / "x.refl")
    text = written.instructions.read_text()
    assert "DO NOT use it with physical.analytical_correction=True" in text
    assert "DIALS before 3.13" in text
    assert "XDS" in text
    alone, together = corrected_commands("x.refl", directions)
    assert "analytical_correction" not in alone + together
    assert f"dials.scale x.refl {EXPT.name}" in text
    record = json.loads(written.record.read_text())
    assert record["steps"][-1]["factors_in_column"] == DIVIDED_OUT
    assert "correct twice" in written.sentence()


def test_a_table_is_not_corrected_twice(directions, tmp_path):
    written = write_corrected_table(directions, factors_of(directions, drawn()), tmp_path / "x.refl")
    again = Directions.of_files(EXPT, written.path)
    for write in (write_corrected_table, write_scaling_table):
        with pytest.raises(InputError, match="divided by absorption factors already"):
            write(again, factors_of(again, drawn()), tmp_path / "y.refl")


def test_the_column_of_the_other_table_is_left_out(directions, tmp_path):
    """A table with both would be corrected twice by a DIALS that knows the column."""
    scaling = write_scaling_table(directions, factors_of(directions, drawn()), tmp_path / "a.refl")
    again = Directions.of_files(EXPT, scaling.path)
    written = write_corrected_table(again, factors_of(again, drawn()), tmp_path / "b.refl")
    assert "analytical_correction" in read_reflection_file(scaling.path).names
    assert "analytical_correction" not in read_reflection_file(written.path).names


def test_scaled_intensities_that_were_not_divided_are_left_out(directions, tmp_path):
    """dials.export would write them in place of the corrected ones, and AIMLESS would get uncorrected data."""
    scaled = dict.fromkeys((*OF_SCALING,), np.ones(92))
    read_reflection_file(REFL).write_with(scaled, tmp_path / "scaled.refl")
    again = Directions.of_files(EXPT, tmp_path / "scaled.refl")
    written = write_corrected_table(again, factors_of(again, drawn()), tmp_path / "b.refl")
    assert set(read_reflection_file(written.path).names) == set(read_reflection_file(REFL).names) | {DIVIDED_OUT}
    assert json.loads(written.record.read_text())["steps"][-1]["left_out"] == list(OF_SCALING)
    assert "inverse_scale_factor" in written.instructions.read_text()


def test_what_was_divided_out_can_be_multiplied_in(directions, tmp_path):
    written = write_corrected_table(directions, factors_of(directions, drawn()), tmp_path / "x.refl")
    for before, after in zip(read_intensities(REFL), read_intensities(written.path), strict=True):
        np.testing.assert_allclose(after, before, rtol=1e-12)


def test_rows_without_a_direction_are_as_they_were(directions, tmp_path):
    absorption = drawn()
    row = np.flatnonzero(~directions.scaling.used)[0]
    absorption[row] = np.nan
    written = write_corrected_table(directions, factors_of(directions, absorption), tmp_path / "x.refl")
    assert written.without_factor == 1
    before, after = read_reflection_file(REFL), read_reflection_file(written.path)
    name = "intensity.sum.value"
    assert after.columns[name][row] == before.columns[name][row]


def test_a_table_without_intensities_is_refused(directions, tmp_path):
    table = read_reflection_file(REFL)
    kept = {name: table.columns[name] for name in ("id", "panel", "s1", "xyzcal.mm", "xyzobs.mm.value", "miller_index")}
    (tmp_path / "bare.refl").write_bytes(packed(kept, dict(table.identifiers)))
    bare = Directions.of_files(EXPT, tmp_path / "bare.refl")
    with pytest.raises(InputError, match="has no intensities"):
        write_corrected_table(bare, factors_of(bare, drawn()), tmp_path / "x.refl")
    assert not list(Path(tmp_path).glob("x*"))
