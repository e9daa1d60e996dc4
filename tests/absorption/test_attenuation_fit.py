"""Regressions whose coefficients are known."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.absorption.attenuation_fit import fit_attenuation
from napari_crystalseg.errors import InputError

TRUTH = np.array([0.004, 0.002, 0.003])


def lengths(rng: np.random.Generator, count: int = 3000) -> np.ndarray:
    return rng.uniform(0, 50, (count, 3))


def test_exact_data_give_exact_coefficients_whatever_the_levels():
    rng = np.random.default_rng(1)
    paths = lengths(rng)
    group = rng.integers(0, 7, len(paths))
    slope = rng.standard_normal((len(paths), 1))
    shared = rng.standard_normal((len(paths), 1))
    own = np.concatenate([np.ones((len(paths), 1)), slope], axis=1)
    levels = rng.standard_normal((7, 2))
    y = paths @ TRUTH + 0.3 * shared[:, 0] + (own * levels[group]).sum(axis=1)
    fit = fit_attenuation(y, paths, nuisances=shared, groups=group, group_nuisances=own)
    np.testing.assert_allclose(fit.values, TRUTH, rtol=1e-9)
    np.testing.assert_allclose(fit.nuisances, [0.3], rtol=1e-9)
    np.testing.assert_allclose(fit.group_nuisances, levels, atol=1e-9)
    assert np.abs(fit.residuals).max() < 1e-10


def test_standard_errors_are_those_that_repetition_shows():
    rng = np.random.default_rng(2)
    paths = lengths(rng, 400)
    cluster = np.arange(400) // 10
    found = []
    for _ in range(200):
        # Errors that ten neighbours share: plain least squares would claim too little.
        noise = 0.02 * rng.standard_normal(40)[cluster] + 0.002 * rng.standard_normal(400)
        paths_clustered = paths[cluster * 10]
        y = (paths_clustered + 0.1 * paths) @ TRUTH + noise
        fit = fit_attenuation(y, paths_clustered + 0.1 * paths, clusters=cluster, reweightings=0)
        found.append((fit.values - TRUTH, fit.standard_errors))
    errors, claimed = (np.array(part) for part in zip(*found, strict=True))
    np.testing.assert_allclose(claimed.mean(axis=0), errors.std(axis=0), rtol=0.2)


def test_outliers_hardly_count():
    rng = np.random.default_rng(3)
    paths = lengths(rng)
    y = paths @ TRUTH + 0.002 * rng.standard_normal(len(paths))
    y[::50] += 3.0
    robust = fit_attenuation(y, paths)
    np.testing.assert_allclose(robust.values, TRUTH, rtol=0.02)
    assert (robust.weights[::50] < 0.01).all()
    plain = fit_attenuation(y, paths, reweightings=0)
    assert np.abs(plain.values - TRUTH).max() > 3 * np.abs(robust.values - TRUTH).max()


def test_an_absent_material_is_not_measurable_and_leaves_the_others_alone():
    rng = np.random.default_rng(4)
    paths = lengths(rng)
    paths[:, 1] = 0
    fit = fit_attenuation(paths @ TRUTH, paths)
    assert np.isnan(fit.values[1])
    assert fit.standard_errors[1] == np.inf
    assert fit.measurable.tolist() == [True, False, True]
    np.testing.assert_allclose(fit.values[[0, 2]], TRUTH[[0, 2]], rtol=1e-9)


def test_materials_that_cannot_be_told_apart_are_both_not_measurable():
    rng = np.random.default_rng(5)
    paths = lengths(rng)
    paths[:, 2] = 2 * paths[:, 1]
    fit = fit_attenuation(paths @ TRUTH + 0.001 * rng.standard_normal(len(paths)), paths)
    assert fit.measurable.tolist() == [True, False, False]
    assert fit.values[0] == pytest.approx(TRUTH[0], rel=0.01)


def test_what_is_expected_of_a_nuisance_holds_it_and_widens_the_error():
    rng = np.random.default_rng(6)
    paths = lengths(rng)[:, :1]
    # Nearly the same as the path length: with nothing expected its coefficient takes what it likes.
    shared = paths + 5 * rng.standard_normal(paths.shape)
    y = paths @ TRUTH[:1] + 0.02 * rng.standard_normal(len(paths))
    free = fit_attenuation(y, paths, nuisances=shared)
    held = fit_attenuation(y, paths, nuisances=shared, nuisance_spreads=[1e-7])
    loose = fit_attenuation(y, paths, nuisances=shared, nuisance_spreads=[1e3])
    assert abs(held.nuisances[0]) < 1e-6
    assert held.standard_errors[0] < free.standard_errors[0]
    np.testing.assert_allclose(loose.values, free.values, rtol=1e-6)
    np.testing.assert_allclose(loose.standard_errors, free.standard_errors, rtol=1e-3)


def test_what_cannot_be_fitted_is_refused():
    with pytest.raises(InputError, match="do not fit"):
        fit_attenuation(np.zeros(4), np.zeros((5, 1)))
    with pytest.raises(InputError, match="too few"):
        fit_attenuation(np.zeros(2), np.ones((2, 1)))
    with pytest.raises(InputError, match="finite"):
        fit_attenuation(np.full(9, np.nan), np.ones((9, 1)))
    with pytest.raises(InputError, match="spread above zero"):
        fit_attenuation(np.zeros(9), np.ones((9, 1)), nuisances=np.ones((9, 1)), nuisance_spreads=[0.0])
