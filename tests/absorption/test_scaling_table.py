from __future__ import annotations

import json
from dataclasses import replace

import msgpack
import numpy as np
import pytest

from napari_crystalseg.absorption import (
    Directions,
    check_rows_for_scaling,
    scaling_commands,
    write_scaling_table,
)
from napari_crystalseg.errors import InputError
from napari_crystalseg.factors import ABSORBING, Factors
from napari_crystalseg.samples import sample_data_folder

FOLDER = sample_data_folder()
EXPT, REFL = FOLDER / "lcyst_01_first10_integrated.expt", FOLDER / "lcyst_01_first10_integrated.refl"


@pytest.fixture
def directions():
    return Directions.of_files(EXPT, REFL)


def factors_of(table, absorption):
    zeros = np.zeros(len(absorption))
    return Factors(absorption, zeros, dict.fromkeys(ABSORBING, zeros), table.miller_index)


def column_of(path):
    kind, (rows, values) = msgpack.unpackb(path.read_bytes(), strict_map_key=False)[2]["data"]["analytical_correction"]
    assert (kind, rows) == ("double", 92)
    return np.frombuffer(values, "<f8")


def test_the_factor_itself_is_written_in_row_order(directions, tmp_path):
    """DIALS divides by the column, so it is A, to the last bit."""
    absorption = np.random.default_rng(0).uniform(0.2, 0.9, 92)
    written = write_scaling_table(directions, factors_of(directions, absorption), tmp_path / "x.refl")
    assert column_of(tmp_path / "x.refl").tobytes() == absorption.tobytes()
    assert (written.without_factor, written.too_small) == (0, 0)
    record = json.loads((tmp_path / "x.refl.json").read_text())
    assert record["steps"][-1]["column"] == "analytical_correction"
    assert record["steps"][-1]["scaling"]["used"] == 23
    text = (tmp_path / "x_README.txt").read_text()
    for line in scaling_commands("x.refl", EXPT.name, directions.sweeps):
        assert line in text


def test_rows_that_scaling_never_uses_may_lack_a_direction(directions, tmp_path):
    absorption = np.full(92, 0.5)
    unused = np.flatnonzero(~directions.scaling.used)
    absorption[unused[:10]] = np.nan
    absorption[0] = 0.0009
    written = write_scaling_table(directions, factors_of(directions, absorption), tmp_path / "x.refl")
    column = column_of(tmp_path / "x.refl")
    assert (column[unused[1:10]] == 1).all()
    assert written.without_factor == np.isnan(absorption).sum()
    assert written.too_small == 1
    assert np.isfinite(column).all()
    assert (column > 0).all()


def test_rows_that_scaling_would_use_must_have_one(directions, tmp_path):
    absorption = np.full(92, 0.5)
    row = np.flatnonzero(directions.scaling.used)[2]
    absorption[row] = np.nan
    with pytest.raises(InputError, match=f"1 reflections that scaling would use .* row {row}"):
        write_scaling_table(directions, factors_of(directions, absorption), tmp_path / "x.refl")
    check_rows_for_scaling(directions)
    leaving = directions.leaving.copy()
    leaving[row] = np.nan
    with pytest.raises(InputError, match=f"row {row}"):
        check_rows_for_scaling(replace(directions, leaving=leaving))
    with pytest.raises(InputError, match="No reflection has a usable direction"):
        replace(directions, leaving=np.full((92, 3), np.nan))
    absorption[row] = 0
    with pytest.raises(InputError, match="absorbed altogether"):
        write_scaling_table(directions, factors_of(directions, absorption), tmp_path / "x.refl")
    assert not list(tmp_path.iterdir())


def test_a_beam_that_misses_the_crystal_gives_no_table(directions, tmp_path):
    absorption, lit = np.full(92, 0.5), np.ones(92)
    row = np.flatnonzero(directions.scaling.used)[0]
    absorption[row], lit[row] = np.nan, 0
    factors = replace(factors_of(directions, absorption), lit_fraction=lit)
    with pytest.raises(InputError, match=f"beam misses the crystal at 1 reflections .* row {row}"):
        write_scaling_table(directions, factors, tmp_path / "x.refl")
    assert not list(tmp_path.iterdir())


def test_factors_of_another_table_are_refused(directions, tmp_path):
    table = directions
    fewer = Factors(np.ones(3), np.zeros(3), dict.fromkeys(ABSORBING, np.zeros(3)))
    with pytest.raises(InputError, match="92 rows but there are 3"):
        write_scaling_table(directions, fewer, tmp_path / "x.refl")
    other = replace(factors_of(table, np.ones(92)), miller_index=table.miller_index[::-1])
    with pytest.raises(InputError, match="other Miller indices"):
        write_scaling_table(directions, other, tmp_path / "x.refl")
    with pytest.raises(InputError, match="name another file"):
        write_scaling_table(directions, factors_of(table, np.ones(92)), REFL)
    assert not list(tmp_path.iterdir())


def test_commands_are_those_of_dials(directions):
    wide = replace(directions.sweeps[0], oscillation_deg=(0.0, 0.1), image_range=(1, 1800))
    assert scaling_commands("a b.refl", "x.expt", (wide,)) == (
        "dials.scale 'a b.refl' x.expt physical.absorption_correction=False physical.analytical_correction=True",
        "dials.scale 'a b.refl' x.expt physical.absorption_level=high physical.analytical_correction=True",
    )
    # dials.scale takes another model for a scan of less than a degree, and keeps an old one.
    assert " model=physical " in scaling_commands("a.refl", "x.expt", directions.sweeps)[0]
    scaled = replace(wide, scaled=True)
    assert " overwrite_existing_models=True " in scaling_commands("a.refl", "x.expt", (scaled,))[1]
