from __future__ import annotations

import json

import numpy as np
import pytest

from napari_crystalseg.absorption import FactorComparison
from napari_crystalseg.errors import InputError
from napari_crystalseg.factors import ABSORBING, Factors


def factors(a, error=0.0, hkl=None):
    a = np.asarray(a, dtype=float)
    paths = {material: np.zeros(len(a)) for material in ABSORBING}
    return Factors(a, np.full(len(a), error), paths, hkl)


def test_equal_factors_do_not_differ():
    a = np.random.default_rng(0).uniform(0.2, 0.6, 50)
    found = FactorComparison(factors(a), factors(a)).statistics()
    assert found["correlation"] == pytest.approx(1)
    zero = [found[key] for key in found if "difference" in key]
    assert len(zero) == 8 and zero == pytest.approx([0] * 8, abs=1e-15)


def test_a_common_factor_is_a_relative_difference_that_scaling_removes():
    a = np.random.default_rng(1).uniform(0.2, 0.6, 50)
    found = FactorComparison(factors(a), factors(0.9 * a)).statistics()
    for key in ("mean_absolute_relative_difference", "max_relative_difference", "rms_relative_difference"):
        assert found[key] == pytest.approx(0.1)
    assert found["mean_relative_difference"] == pytest.approx(-0.1)
    assert found["rms_relative_difference_after_scaling"] == pytest.approx(0, abs=1e-12)
    assert found["correlation"] == pytest.approx(1)
    assert found["mean_b"] / found["mean_a"] == pytest.approx(0.9)


def test_the_common_scale_leaves_the_least_squares():
    a = np.random.default_rng(2).uniform(0.2, 0.6, 60)
    b = 0.8 * a * np.random.default_rng(3).normal(1, 0.05, 60)
    found = FactorComparison(factors(a), factors(b))
    # numpy's solution of s r = 1 for all rows.
    scale = np.linalg.lstsq((b / a)[:, None], np.ones(60), rcond=None)[0][0]
    figures = found.statistics()
    assert figures["common_scale"] == found.common_scale == pytest.approx(scale)
    left = np.abs(scale * b / a - 1)
    assert figures["mean_absolute_relative_difference_after_scale"] == pytest.approx(left.mean())
    assert figures["max_relative_difference_after_scale"] == pytest.approx(left.max())
    only_scaled = FactorComparison(factors(a), factors(0.9 * a)).statistics()
    assert only_scaled["common_scale"] == pytest.approx(1 / 0.9)
    assert only_scaled["max_relative_difference_after_scale"] == pytest.approx(0, abs=1e-12)


def test_nothing_scales_factors_of_zero():
    figures = FactorComparison(factors([0.5, 0.4]), factors([0.0, 0.0])).statistics()
    assert figures["common_scale"] is figures["mean_absolute_relative_difference_after_scale"] is None
    assert figures["max_relative_difference"] == 1


def test_figures_by_hand():
    found = FactorComparison(factors([0.5, 0.4, 0.2], 0.003), factors([0.4, 0.5, 0.2], 0.004))
    assert found.difference == pytest.approx([-0.1, 0.1, 0])
    assert found.relative_difference == pytest.approx([-0.2, 0.25, 0])
    figures = found.statistics()
    assert figures["mean_relative_difference"] == pytest.approx(0.05 / 3)
    assert figures["max_relative_difference"] == pytest.approx(0.25)
    assert figures["rms_difference"] == pytest.approx(np.sqrt(0.02 / 3))
    assert figures["correlation"] == pytest.approx(np.corrcoef([5, 4, 2], [4, 5, 2])[0, 1])
    assert figures["rms_relative_sampling_error"] == pytest.approx(
        np.sqrt(np.mean((0.005 / np.array([0.5, 0.4, 0.2])) ** 2))
    )


def test_constant_factors_have_no_correlation_and_json_no_nan():
    found = FactorComparison(factors([0.4] * 6), factors([0.5, 0.4, 0.3, 0.3, 0.4, 0.5]))
    assert found.correlation is None
    assert json.loads(json.dumps(found.statistics(), allow_nan=False))["correlation"] is None
    # The mean of many equal numbers is not exactly that number.
    assert FactorComparison(factors([0.1] * 1001), factors([0.7] * 1001)).correlation is None


def test_rows_without_a_factor_are_left_out_and_counted():
    found = FactorComparison(factors([0.5, np.nan, 0.0, 0.3]), factors([0.5, 0.4, 0.1, np.nan]))
    assert found.compared.tolist() == [True, False, False, False]
    assert np.isnan(found.relative_difference[1:]).all()
    assert (found.statistics()["reflections"], found.statistics()["compared"]) == (4, 1)


def test_histograms_share_their_bins():
    edges, one, other = FactorComparison(factors([0.2, 0.25, 0.95]), factors([0.2, 0.35, 1.0])).histograms(8)
    assert edges == pytest.approx(np.linspace(0.2, 1.0, 9))
    assert one.tolist() == [2, 0, 0, 0, 0, 0, 0, 1]
    assert other.tolist() == [1, 1, 0, 0, 0, 0, 0, 1]
    edges, one, other = FactorComparison(factors([0.5, 0.5]), factors([0.5, 0.5])).histograms(4)
    assert one.sum() == other.sum() == 2


def test_refusals():
    with pytest.raises(InputError, match="same reflections"):
        FactorComparison(factors([0.5]), factors([0.5, 0.4]))
    with pytest.raises(InputError, match="Miller"):
        FactorComparison(factors([0.5], hkl=np.array([[1, 0, 0]])), factors([0.5], hkl=np.array([[0, 1, 0]])))
    with pytest.raises(InputError, match="nothing to compare"):
        FactorComparison(factors([np.nan]), factors([0.5]))
