"""Scaling: what was put into intensities is found again, and what is smooth stays smooth."""

import gemmi
import numpy as np
import pytest

from napari_crystalseg.diffraction.merging.equivalents import Equivalents
from napari_crystalseg.diffraction.merging.merging_statistics import merging_statistics
from napari_crystalseg.diffraction.merging.unmerged_intensities import UnmergedIntensities
from napari_crystalseg.diffraction.scaling.absorption_surface import LEVELS, surface_basis
from napari_crystalseg.diffraction.scaling.error_model import ErrorModel
from napari_crystalseg.diffraction.scaling.scale_intensities import scale_intensities
from napari_crystalseg.diffraction.scaling.smooth_basis import smooth_basis
from napari_crystalseg.errors import InputError

CELL, GROUP = gemmi.UnitCell(58, 58, 151, 90, 90, 90), gemmi.SpaceGroup("P 41 21 2")


class Observed:
    """Observations of 400 reflections over a whole turn."""

    def __init__(self, n=16000, seed=0):
        rng = np.random.default_rng(seed)
        unique = gemmi.make_miller_array(CELL, GROUP, 4.0)
        unique = unique[rng.choice(len(unique), 400, replace=False)]
        rotations = np.unique([np.array(op.rot) // 24 for op in GROUP.operations().sym_ops], axis=0)
        turned = rotations[rng.integers(0, len(rotations), n)]
        index = np.einsum("ni,nij->nj", unique[rng.integers(0, len(unique), n)], turned)
        self.groups = Equivalents.of(index * rng.choice([-1, 1], n)[:, np.newaxis], CELL, GROUP)
        self.true = rng.exponential(2000, len(self.groups.miller_index))[self.groups.group]
        self.angle = rng.uniform(0, 360, n)
        turn = np.deg2rad(self.angle)
        self.incident = np.stack([0 * turn, np.cos(turn), np.sin(turn)], axis=1)
        leaving = rng.normal(size=(n, 3))
        self.leaving = leaving / np.linalg.norm(leaving, axis=1, keepdims=True)
        self.noise = rng.normal(size=n)

    def with_scale(self, scale):
        sigma = np.sqrt(self.true * scale + 100)
        return UnmergedIntensities(self.groups, self.true * scale + sigma * self.noise, sigma)

    def scaled(self, unmerged, **options):
        return scale_intensities(unmerged, self.angle, self.incident, self.leaving, **options)


@pytest.fixture(scope="module")
def observed():
    return Observed()


def relative_error(found, true):
    ratio = found / true
    return float((ratio / ratio.mean()).std())


def test_weights_of_the_smoother_add_up_to_one_and_follow_a_line():
    angles = np.linspace(10, 190, 50)
    basis = smooth_basis(angles, 15)
    assert basis.shape[1] == 12 + 2
    assert ((basis > 0).sum(axis=1) <= 3).all()
    np.testing.assert_allclose(basis.sum(axis=1), 1)
    # Parameters on a line give about that line.
    line = basis @ (10 + 15 * (np.arange(14) - 0.5))
    assert np.abs(line - angles).max() < 3


def test_a_single_angle_has_one_scale():
    assert smooth_basis(np.zeros(3), 15).tolist() == [[1], [1], [1]]


def test_levels_are_those_of_dials():
    assert {name: (level.highest_degree, level.restraint) for name, level in LEVELS.items()} == {
        "low": (4, 5e5),
        "medium": (6, 5e4),
        "high": (6, 5e3),
    }


def test_scale_and_decay_along_the_scan_are_found(observed):
    turn = np.deg2rad(observed.angle)
    spacing = observed.groups.resolution[observed.groups.group]
    scale = (1 + 0.3 * np.sin(turn)) * np.exp(-20 * observed.angle / 360 / (2 * spacing**2))
    unmerged = observed.with_scale(scale)
    found = observed.scaled(unmerged)
    before, after = (merging_statistics(each, shells=1).overall for each in (unmerged, found.unmerged))
    ideal = merging_statistics(unmerged.divided_by(scale), shells=1).overall
    assert before.r_meas > 2 * ideal.r_meas
    assert after.r_meas == pytest.approx(ideal.r_meas, rel=0.05)
    # B is known but for a constant, which changes intensities by their resolution alone.
    ratio = found.inverse_scale / scale
    slope, at_zero = np.polyfit(1 / spacing**2, np.log(ratio), 1)
    assert relative_error(ratio, np.exp(at_zero + slope / spacing**2)) < 0.01


def test_a_surface_is_found_and_the_restraint_holds_it(observed):
    basis = surface_basis(observed.incident, observed.leaving, 4)
    coefficients = np.zeros(24)
    coefficients[3:8] = [0.25, -0.2, 0.2, 0.1, 0.15]
    surface = 1 + basis @ coefficients
    unmerged = observed.with_scale(surface)
    found = {
        level: relative_error(observed.scaled(unmerged, absorption_level=level).inverse_scale, surface)
        for level in (None, "low", "high")
    }
    assert surface.std() > 0.05
    assert found["high"] < 0.012
    # Meant for a percent of absorption: it is held back, but does no harm.
    assert found["high"] < found["low"] < found[None]


def test_nothing_to_correct_is_left_alone(observed):
    found = observed.scaled(observed.with_scale(1.0), absorption_level="high")
    assert relative_error(found.inverse_scale, 1.0) < 0.01
    assert found.error_model.a == pytest.approx(1, abs=0.03)
    assert found.error_model.b < 0.01
    assert found.outliers <= 1


def test_the_same_call_gives_the_same_bytes(observed):
    unmerged = observed.with_scale(1.0)
    one, other = (observed.scaled(unmerged).unmerged for _ in range(2))
    assert one.intensity.tobytes() == other.intensity.tobytes()
    assert one.sigma.tobytes() == other.sigma.tobytes()


def test_spoiled_observations_are_left_out_and_pull_nothing(observed):
    unmerged = observed.with_scale(1.0)
    spoiled = np.arange(len(unmerged)) % 500 == 7
    worse = UnmergedIntensities(
        observed.groups, np.where(spoiled, unmerged.intensity + 2e4, unmerged.intensity), unmerged.sigma
    )
    found = observed.scaled(worse)
    assert found.outliers == pytest.approx(spoiled.sum(), abs=2)
    assert np.isnan(found.unmerged.intensity[spoiled]).mean() > 0.95
    assert relative_error(found.inverse_scale, 1.0) < 0.02


def test_rows_that_cannot_be_used_stay_so(observed):
    unmerged = observed.with_scale(1.0)
    few = unmerged.only(np.arange(len(unmerged)) % 2 == 0)
    found = observed.scaled(few)
    assert not found.unmerged.used[1::2].any()
    assert np.isnan(found.inverse_scale[1::2]).all()


def test_sweeps_have_scales_of_their_own(observed):
    sweep = (np.arange(len(observed.angle)) % 2).astype(np.int64)
    unmerged = observed.with_scale(np.where(sweep == 0, 1.0, 3.0))
    found = observed.scaled(unmerged, sweep=sweep)
    assert found.inverse_scale[sweep == 1].mean() / found.inverse_scale[sweep == 0].mean() == pytest.approx(3, rel=0.01)


def test_error_model_is_found():
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(3000), 8)
    true = rng.exponential(1000, 3000)[group]
    stated = np.sqrt(true + 50)
    error = 1.3 * np.sqrt(stated**2 + (0.04 * true) ** 2)
    found = ErrorModel.fitted(group, true + error * rng.normal(size=len(true)), stated)
    assert found.a == pytest.approx(1.3, rel=0.03)
    assert found.b == pytest.approx(0.04, rel=0.05)


def test_few_observations_keep_their_errors():
    assert ErrorModel.fitted(np.arange(10), np.ones(10), np.ones(10)) == ErrorModel(1.0, 0.0)


def test_unknown_level_is_refused(observed):
    with pytest.raises(InputError, match="known are low, medium, high"):
        observed.scaled(observed.with_scale(1.0), absorption_level="highest")
