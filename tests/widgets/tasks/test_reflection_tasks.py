"""What the dock asks of the worker process about a diffraction experiment goes through the door of the commands."""

from __future__ import annotations

import pytest

from helpers.experiment_files import MU, PANEL, factors, lopsided, rows, save_experiment, save_table, sweep
from napari_crystalseg.absorption import Directions
from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels
from napari_crystalseg.widgets.check.check_stage import step_findings
from napari_crystalseg.widgets.tasks.edits import map_sensitivity, measure_edits
from napari_crystalseg.widgets.tasks.export import ExportPlan, export
from napari_crystalseg.widgets.tasks.factors import absorb
from napari_crystalseg.widgets.tasks.reflection_files import ReflectionFiles

VALUES = {"liquor": MU.liquor, "loop": MU.loop, "crystal": MU.crystal, "other": 0.0}


def files(folder, model, table, panel=PANEL):
    experiment = save_experiment(folder / "x.expt", model, panel=panel)
    return str(experiment), str(save_table(folder / "x.refl", table, {0: "a"}))


def test_a_table_is_completed_and_that_is_said(tmp_path):
    pair = files(tmp_path, sweep(), {name: column for name, column in rows().items() if name != "s1"})
    found = absorb(lopsided(), VALUES, reflection_files=pair)
    assert found.absorption == pytest.approx(factors(Directions.of_files(*pair)), rel=5e-3)
    assert "computed from the models: s1 from the positions on the panels" in str(
        step_findings(found, "check the reflections")
    )
    assert map_sensitivity(lopsided(), VALUES, pair, 5)[1] > 0


def test_a_wrong_unit_is_said_beside_the_factors():
    large = Labels(lopsided().data, 2000.0)
    said = str(step_findings(absorb(large, VALUES, reflection_files=None, sphere=5), "judge the coefficients"))
    assert "LOOK at the voxel size of 2000" in said and "LOOK at the factors: nearly all" in said
    assert step_findings(absorb(lopsided(), VALUES, reflection_files=None, sphere=5), "judge the coefficients") == []


def test_files_that_do_not_belong_together_are_refused_everywhere(tmp_path):
    pair = files(tmp_path, sweep(), rows(), panel=dict(PANEL, origin=[-100.0, 260.0, -150.0]))
    plan = ExportPlan(tmp_path / "out", "x", ("anacor",), pair)
    for work in (
        lambda: absorb(lopsided(), VALUES, reflection_files=pair),
        lambda: map_sensitivity(lopsided(), VALUES, pair, 5),
        lambda: measure_edits(1, lopsided(), None, None, VALUES, pair, 5),
        lambda: export(lopsided(), plan, VALUES),
    ):
        with pytest.raises(InputError, match="do not belong together"):
            work()


def test_a_vertical_axis_can_be_taken(tmp_path):
    pair = files(tmp_path, sweep(axis=(0, 1.0, 0)), rows())
    with pytest.raises(InputError, match="turns about"):
        absorb(lopsided(), VALUES, reflection_files=pair)
    found = absorb(lopsided(), VALUES, reflection_files=ReflectionFiles(*pair, axis_0="scan"))
    assert "along the scan axis" in str(step_findings(found, "check the reflections"))
