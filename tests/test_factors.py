from __future__ import annotations

import json

import numpy as np
import pytest

from napari_crystalseg.absorption import Coefficients, Directions, absorb
from napari_crystalseg.errors import InputError
from napari_crystalseg.factors import ABSORBING, Factors
from napari_crystalseg.labels import Labels, Material

MU = Coefficients(liquor=0.02, loop=0.018, crystal=0.03, other=0.01)


def drop():
    n = 28
    z, y, x = np.indices((n, n, n)) - (n - 1) / 2
    data = np.zeros((n, n, n), np.uint8)
    data[z**2 + y**2 + x**2 < 170] = Material.LIQUOR
    data[(np.abs(x - 8) < 1.5) & (np.abs(y) < 9)] = Material.LOOP
    data[(np.abs(z + 0.3 * y) < 7) & (np.abs(y - 2) < 6) & (np.abs(x + 0.2 * z) < 5)] = Material.CRYSTAL
    data[(z + 8) ** 2 + (y - 4) ** 2 + x**2 < 8] = Material.OTHER
    return Labels(data, 2.0)


@pytest.fixture(scope="module")
def traced():
    return absorb(drop(), MU, Directions.over_sphere(60), tolerance=0)


def changed(factor):
    return {name: value * factor for name, value in MU.to_dict().items()}


def test_no_change_of_the_coefficients_changes_nothing(traced):
    for same in ({}, MU.to_dict(), {"crystal": 0.03}):
        assert traced.at(same).absorption.tobytes() == traced.absorption.tobytes()
        assert traced.at(same).standard_error.tobytes() == traced.standard_error.tobytes()


@pytest.mark.parametrize("factor", [0.8, 0.9, 1.1, 1.2])
def test_other_coefficients_agree_with_tracing_anew(traced, factor):
    moved = traced.at(changed(factor))
    anew = absorb(drop(), Coefficients(**changed(factor)), Directions.over_sphere(60), tolerance=0)
    off = np.abs(moved.absorption / anew.absorption - 1)
    assert off.max() < 1e-3 * (abs(factor - 1) / 0.1) ** 3 * 0.2
    # Nothing was sampled, so that the stated error is that of the expansion.
    assert (off < moved.standard_error / moved.absorption).all()
    assert np.abs(moved.weighted_path_um - anew.weighted_path_um).max() < 1.0
    assert moved.provenance.steps[-1]["step"] == "change_coefficients"


def test_one_coefficient_alone_can_change(traced):
    moved = traced.at({"liquor": 0.024})
    anew = absorb(drop(), Coefficients(0.024, 0.018, 0.03, 0.01), Directions.over_sphere(60), tolerance=0)
    assert moved.absorption == pytest.approx(anew.absorption, rel=5e-4)
    assert moved.coefficients_per_um == {"liquor": 0.024, "loop": 0.018, "crystal": 0.03, "other": 0.01}


def test_a_plate_in_transmission_is_exact_at_any_coefficient():
    # All paths are alike, so that there is no spread and A = exp(-mu T).
    labels = Labels(np.full((3, 40, 3), Material.CRYSTAL, np.uint8), 1.0)
    from napari_crystalseg.absorption.tracing.crystal_sample import CrystalVoxels
    from napari_crystalseg.absorption.tracing.nodes import exact_nodes
    from napari_crystalseg.absorption.tracing.tracer import Tracer
    from napari_crystalseg.progress import silent

    incident = Directions.over_sphere(1).incident
    means = Tracer(labels, Coefficients(0, 0, 0.01)).trace(
        exact_nodes(incident), exact_nodes(-incident), CrystalVoxels(labels).everything(), None, silent
    )
    assert means.absorption == pytest.approx([np.exp(-0.4)], rel=1e-12)
    assert means.weighted_path_um == pytest.approx(np.array([[0, 0, 40, 0]]))
    assert np.abs(means.path_covariance_um2).max() < 1e-9


def test_derivatives_agree_with_differences(traced):
    step = 1e-5
    for column, material in enumerate(ABSORBING):
        up, down = (
            absorb(
                drop(), Coefficients(**{**MU.to_dict(), material.title: getattr(MU, material.title) + s}),
                Directions.over_sphere(60), tolerance=0,
            ).absorption
            for s in (step, -step)
        )  # fmt: skip
        assert traced.derivative_um[:, column] == pytest.approx((up - down) / (2 * step), rel=1e-6, abs=1e-6)


def test_errors_of_coefficients_propagate(traced):
    only = traced.uncertainty_from({"crystal": 0.001})
    assert only == pytest.approx(np.abs(traced.derivative_um[:, 2]) * 0.001)
    both = traced.uncertainty_from({"crystal": 0.001, "liquor": 0.002})
    assert both == pytest.approx(np.hypot(only, traced.derivative_um[:, 0] * 0.002))
    assert (traced.uncertainty_from({}) == 0).all()
    # Against drawing the coefficients at random.
    rng = np.random.default_rng(0)
    drawn = [
        traced.at({"crystal": 0.03 + rng.normal(0, 0.001), "liquor": 0.02 + rng.normal(0, 0.002)}).absorption
        for _ in range(400)
    ]
    assert np.std(drawn, axis=0) == pytest.approx(both, rel=0.15)


def test_changes_that_cannot_be_trusted_are_refused(traced):
    with pytest.raises(InputError, match="trace with the new coefficients"):
        traced.at(changed(3))
    assert (
        traced.at(changed(1.5), largest_error=0.5).standard_error.max() > traced.at(changed(1.1)).standard_error.max()
    )
    with pytest.raises(InputError, match="no material 'protein'"):
        traced.at({"protein": 0.02})
    with pytest.raises(InputError, match="positive"):
        traced.at({"crystal": -0.02})
    with pytest.raises(InputError, match="positive"):
        traced.uncertainty_from({"crystal": -0.02})
    with pytest.raises(InputError, match="start from factors that were traced"):
        traced.at(changed(1.1)).at(changed(1.2))
    zeros = np.zeros(2)
    bare = Factors(zeros, zeros, dict.fromkeys(ABSORBING, zeros))
    with pytest.raises(InputError, match="no covariance"):
        bare.at({"crystal": 0.02})
    with pytest.raises(InputError, match="no weighted path"):
        bare.uncertainty_from({"crystal": 0.002})
    with pytest.raises(InputError, match="lit_fraction"):
        Factors(zeros, zeros, dict.fromkeys(ABSORBING, zeros), lit_fraction=np.zeros(3))


# Two reflections, the second without a direction.
PATHS = {material: np.array([1.0, np.nan]) for material in ABSORBING}


def factors(**other):
    return Factors(**{"absorption": [0.5, np.nan], "standard_error": [0.01, np.nan], "path_length_um": PATHS, **other})


def test_columns_cannot_be_written_to():
    made = factors(miller_index=[[1, 2, 3], [0, 0, 1]], lit_fraction=[1, 1], weighted_path_um=np.ones((2, 4)))
    columns = (made.absorption, made.standard_error, made.path_length_um[Material.CRYSTAL])
    for column in (*columns, made.miller_index, made.lit_fraction, made.weighted_path_um):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 0
    assert len(made) == 2


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"absorption": [[0.5]]}, "one value a reflection"),
        ({"absorption": [0.5, 1.1]}, r"between 0 and 1, not 0\.5 to 1\.1; check the linear attenuation"),
        ({"standard_error": [0.1]}, r"'standard error' has shape \(1,\), expected \(2,\)"),
        ({"path_length_um": {**PATHS, Material.LOOP: np.ones(3)}}, r"'loop' has shape \(3,\)"),
        ({"miller_index": [[1, 2, 3]]}, r"Miller indices have shape \(1, 3\), expected \(2, 3\)"),
        ({"miller_index": [[1, 2, np.nan], [1, 2, 3]]}, "The Miller indices has 1 values that are NaN"),
        ({"weighted_path_um": np.ones((2, 3))}, r"'weighted_path_um' has shape \(2, 3\), expected \(2, 4\)"),
    ],
)
def test_columns_that_do_not_fit_are_refused(other, says):
    with pytest.raises(InputError, match=says):
        factors(**other)


def test_a_reflection_without_a_direction_is_none_in_json():
    described = factors().to_dict()
    assert json.loads(json.dumps(described, allow_nan=False)) == described
    assert described["A"] == [0.5, None] and described["path_length_um"]["crystal"] == [1.0, None]
    assert described["miller_index"] is None and "lit_fraction" not in described


def test_where_there_is_none_those_of_another_are_taken():
    both = factors().filled_from(factors(absorption=[0.9, 0.8], standard_error=[0.2, 0.1]))
    assert both.absorption.tolist() == [0.5, 0.8] and both.standard_error.tolist() == [0.01, 0.1]
    with pytest.raises(InputError, match="There are 2 and 1 factors"):
        factors().filled_from(Factors([0.5], [0.1], {material: [1.0] for material in ABSORBING}))
    with pytest.raises(InputError, match="hold no covariance"):
        both.at({"crystal": 0.1})
    with pytest.raises(InputError, match="hold no weighted path lengths"):
        _ = both.derivative_um
