"""The models of the real experiment must predict the scattered vectors of its own table."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from napari_crystalseg.absorption import (
    check_geometry,
    read_experiment,
    read_reflections,
    scattered_vector_differences,
    scattered_vectors,
)
from napari_crystalseg.absorption.reflection_file import read_table
from napari_crystalseg.errors import InputError
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
    angles = scattered_vector_differences(*pair)
    indexed = pair[1].experiment_id >= 0
    assert indexed.sum() == 85
    assert angles[indexed].max() < 1e-12
    assert np.abs(scattered_vectors(*pair) - pair[1].s1)[indexed].max() < 1e-14
    check = check_geometry(*pair)
    assert check.compared == 85
    assert not check.doubtful


def test_positions_in_pixels_give_s1_within_the_parallax_approximation(pair):
    """Measured: 7e-6 degrees at most; 0.012 degrees if parallax were not corrected."""
    experiment, table = pair
    table = replace(table, position_mm=None)
    indexed = table.experiment_id >= 0
    assert scattered_vector_differences(experiment, table)[indexed].max() < 1e-5
    sweep = experiment.sweeps[0]
    plain = replace(sweep.detector, panels=(replace(sweep.detector.panels[0], sensor=None),))
    experiment = replace(experiment, sweeps=(replace(sweep, detector=plain),))
    assert 0.01 < scattered_vector_differences(experiment, table)[indexed].max() < 0.015


def test_observed_positions_are_close(pair, written):
    """Spots lie within a pixel or two of where they are calculated. Measured: 0.027 degrees in the median."""
    path = written(drop=("xyzcal.mm", "xyzcal.px"))
    check = check_geometry(pair[0], read_reflections(path))
    assert 0.01 < check.median_deg < 0.05
    assert check.largest_deg < 0.5


def test_table_of_another_detector_position_is_refused(pair, tmp_path):
    record = json.loads(EXPT.read_text())
    record["detector"][0]["panels"][0]["origin"][0] += 10.0
    path = tmp_path / "moved.expt"
    path.write_text(json.dumps(record))
    with pytest.raises(InputError, match="do not belong together"):
        check_geometry(read_experiment(path), pair[1])
    record["detector"][0]["panels"][0]["origin"][0] -= 9.3
    path.write_text(json.dumps(record))
    check = check_geometry(read_experiment(path), pair[1])
    assert check.doubtful
    assert "same step" in check.sentence()


def test_without_a_detector_nothing_is_compared(pair):
    experiment, table = pair
    bare = replace(experiment, sweeps=(replace(experiment.sweeps[0], detector=None),))
    for check in (check_geometry(bare, table), check_geometry(experiment, replace(table, panel=None))):
        assert check.compared == 0
        assert "could not be checked" in check.sentence()


def test_missing_s1_is_computed_and_said(pair, written):
    path = written(drop=("s1",))
    with pytest.raises(InputError, match=r"no s1: .* experiment file"):
        read_reflections(path)
    table = read_reflections(path, pair[0])
    indexed = table.experiment_id >= 0
    assert np.abs(table.s1 - pair[1].s1)[indexed].max() < 1e-14
    assert table.provenance.steps[-1]["computed"] == ["s1 from the positions on the panels"]
    # Spots that were not indexed have only an observed position; it is of the right length.
    assert np.linalg.norm(table.s1, axis=1) == pytest.approx(1 / 0.6889)


def test_missing_angles_are_computed_from_images(pair, written):
    path = written(drop=("xyzobs.mm.value", "xyzcal.mm"))
    table = read_reflections(path, pair[0])
    assert table.phi_rad == pytest.approx(pair[1].phi_rad, abs=1e-9)
    assert table.provenance.steps[-1]["computed"] == ["scan angles from positions in images"]


def test_neither_s1_nor_positions(pair, written):
    for drop in (("s1", "panel"), ("s1", "xyzcal.mm", "xyzcal.px", "xyzobs.mm.value", "xyzobs.px.value")):
        with pytest.raises(InputError, match="no column 's1'"):
            read_reflections(written(drop=drop), pair[0])


def test_columns_of_the_wrong_type_are_refused(written):
    for change in ({"s1": np.ones(92)}, {"xyzobs.mm.value": np.ones(92)}):
        with pytest.raises(InputError, match="wrong type"):
            read_reflections(written(**change))


def test_nan_angles_have_no_direction(pair, written):
    from napari_crystalseg.absorption.directions import ray_directions

    observed = read_table(REFL)[0]["xyzobs.mm.value"].copy()
    observed[3, 2] = np.nan
    incident, _ = ray_directions(pair[0], read_reflections(written(**{"xyzobs.mm.value": observed})))
    assert np.flatnonzero(np.isnan(incident[:, 0])).tolist() == [3]
