"""Whether a result is that of the session as it is follows from what it was computed from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_crystalseg.absorption import Coefficients
from napari_crystalseg.factors import ABSORBING, Factors
from napari_crystalseg.widgets.session.checked_geometry import CheckedGeometry
from napari_crystalseg.widgets.session.chosen_coefficients import SessionCoefficients
from napari_crystalseg.widgets.session.computed_factors import ComputedFactors
from napari_crystalseg.widgets.session.experiment import ExperimentFiles
from napari_crystalseg.widgets.session.session import Session
from napari_crystalseg.widgets.tasks.reflection_files import ReflectionFiles

MU = Coefficients(liquor=0.01, loop=0.02, crystal=0.03)
FILES = ReflectionFiles("a.expt", "a.refl")


@pytest.fixture
def session():
    labels, factors = object(), Factors(np.ones(2), np.zeros(2), {material: np.zeros(2) for material in ABSORBING})
    experiment = ExperimentFiles(FILES, (12.0,), 30.0, 20)
    result = ComputedFactors(factors, 7, MU, experiment.directions)
    return Session(
        labels=labels, fingerprint=7, coefficients=SessionCoefficients(MU), experiment=experiment, result=result
    )


def test_a_result_is_current_until_its_labels_are_others(session):
    assert session.factors is session.result.factors and not session.stale and not session.settings_changed
    session.fingerprint = None
    assert session.stale
    session.fingerprint = 8
    assert session.stale
    session.fingerprint = 7
    assert not session.stale
    session.labels = None
    assert session.stale


def test_settings_are_compared_as_far_as_factors_depend_on_them(session):
    experiment = session.experiment
    for same in (replace(experiment, energies_kev=()), replace(experiment, sphere=99)):
        session.experiment = same
        assert not session.settings_changed
    others = replace(experiment, offset_deg=31.0), replace(experiment, files=FILES._replace(axis_0="scan"))
    for other in (*others, replace(experiment, files=None)):
        session.experiment = other
        assert session.settings_changed
    session.experiment = replace(experiment)
    assert not session.settings_changed
    session.coefficients = SessionCoefficients(MU, remark="Converted.")
    assert not session.settings_changed
    session.coefficients = SessionCoefficients(replace(MU, crystal=0.04))
    assert session.settings_changed and not session.stale


def test_the_offset_is_nothing_to_directions_over_a_sphere():
    assert (
        ExperimentFiles(offset_deg=1.0).directions
        == ExperimentFiles().directions
        != ExperimentFiles(sphere=10).directions
    )


def test_without_a_result_nothing_is_outdated():
    session = Session(fingerprint=7)
    assert session.factors is None and not (session.stale or session.settings_changed or session.geometry_edited)


def test_a_geometry_is_of_labels_that_are_known_to_be_others(session):
    session.geometry = CheckedGeometry(object(), 7)
    assert not session.geometry_edited
    session.fingerprint = None
    assert not session.geometry_edited
    session.fingerprint = 8
    assert session.geometry_edited
