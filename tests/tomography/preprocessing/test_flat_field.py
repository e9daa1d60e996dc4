import warnings

import numpy as np
import pytest

from helpers.analytic import counted, discs
from napari_crystalseg.errors import InputError
from napari_crystalseg.scan import Scan
from napari_crystalseg.tomography import transmission_of
from napari_crystalseg.tomography.preprocessing.flat_field import FlatField

ANGLES = np.linspace(0, 180, 60, endpoint=False)


@pytest.fixture
def line_integrals():
    return discs(ANGLES, 64, 31.0, [(3, -2, 20.2, 0.02)], rows=12)


def changed(scan, **arrays):
    kept = {name: getattr(scan, name) for name in ("projections", "flats", "darks", "angles_deg")}
    return Scan(**{**kept, **arrays})


def test_transmission_is_recovered(line_integrals):
    transmission = transmission_of(counted(line_integrals, ANGLES))
    assert transmission.dtype == np.float32
    np.testing.assert_allclose(transmission, np.exp(-line_integrals), rtol=2e-6)


def test_constant_gain_cancels(line_integrals):
    scan = counted(line_integrals, ANGLES)
    gain = np.random.default_rng(3).uniform(0.7, 1.3, scan.shape[1:])
    lit = changed(scan, projections=(scan.projections - 100.0) * gain + 100, flats=(scan.flats - 100.0) * gain + 100)
    np.testing.assert_allclose(transmission_of(lit), np.exp(-line_integrals), rtol=1e-6)


@pytest.mark.parametrize("drift", [1e-3, -2e-2])
def test_drift_of_a_gain_is_left(line_integrals, drift):
    scan = counted(line_integrals, ANGLES)
    gain = np.ones(scan.shape[1:])
    gain[20:40, 30] += drift
    drifted = transmission_of(changed(scan, projections=(scan.projections - 100.0) * gain + 100))
    np.testing.assert_allclose(drifted / transmission_of(scan), np.broadcast_to(gain, drifted.shape), rtol=2e-6)


def test_dim_air_is_scaled_to_one(line_integrals):
    scan = counted(line_integrals, ANGLES)
    beam = 0.71 + 0.03 * np.sin(np.arange(60) / 9)[:, np.newaxis, np.newaxis] + 0.001 * (np.arange(64) - 31.5)
    dim = changed(scan, projections=(scan.projections - 100.0) * beam + 100)
    field = FlatField.of(dim)
    np.testing.assert_allclose(field.rows(0, 12), np.exp(-line_integrals), rtol=2e-3)
    assert field.to_dict()["air_rescale"]["transmission_of_air"] == pytest.approx(0.71, abs=0.03)
    np.testing.assert_allclose(transmission_of(dim, rescale_air=False), np.exp(-line_integrals) * beam, rtol=1e-5)


def test_sample_that_fills_the_field_is_left_as_it_is():
    full = discs(ANGLES, 64, 31.0, [(0, 0, 40, 0.02)], rows=12)
    field = FlatField.of(counted(full, ANGLES))
    assert field.air is None and "left as it is" in field.to_dict()["air_rescale"]
    np.testing.assert_allclose(field.rows(0, 12), np.exp(-full), rtol=2e-6)


def test_faint_sample_that_fills_the_field_is_left_as_it_is():
    """A sample that absorbs 5 % hardly brightens towards its rim."""
    lines = discs(ANGLES, 60, 29.5, [(0, 0, 42, 0.0006)], rows=8)
    scan = counted(lines, ANGLES, counts=1e6, rng=np.random.default_rng(0))
    np.testing.assert_allclose(transmission_of(scan), np.exp(-lines), atol=0.006)


def test_mount_across_some_rows_does_not_hide_the_air(line_integrals):
    line_integrals[:, 9:] += 1.5
    np.testing.assert_allclose(transmission_of(counted(line_integrals, ANGLES)), np.exp(-line_integrals), rtol=1e-5)


@pytest.mark.parametrize("kind", ["no light", "blind", "stuck bright", "column"])
def test_dead_pixels_get_their_neighbours_value(line_integrals, kind):
    scan = counted(line_integrals, ANGLES)
    projections, flats = scan.projections.copy(), scan.flats.copy()
    where = np.zeros(scan.shape[1:], bool)
    where[[0, 5, 11], [0, 30, 40]] = True
    if kind == "column":
        where[:, 20:22] = True
    if kind == "stuck bright":
        projections[:, where] = 6.5e5
    else:
        flats[:, where] = 100 if kind == "no light" else 300 if kind == "blind" else 100
        projections[:, where] = 100
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        field = FlatField.of(changed(scan, projections=projections, flats=flats))
        transmission = field.rows(0, 12)
    np.testing.assert_array_equal(field.dead, where)
    assert field.to_dict()["dead_pixels_replaced"] == where.sum()
    np.testing.assert_allclose(transmission, np.exp(-line_integrals), atol=0.15)
    np.testing.assert_allclose(transmission[:, ~where], np.exp(-line_integrals)[:, ~where], rtol=1e-5)


def test_slabs_are_the_whole(i13_scan):
    field = FlatField.of(i13_scan)
    np.testing.assert_array_equal(
        np.concatenate([field.rows(0, 1), field.rows(1, 77), field.rows(77, 135)], 1), transmission_of(i13_scan)
    )


def test_zero_counts_become_half_a_count(line_integrals):
    scan = counted(line_integrals, ANGLES)
    counts = scan.projections.astype(np.uint16)
    counts[:, :, 8:] = 0
    assert transmission_of(changed(scan, projections=counts), rescale_air=False).min() == pytest.approx(0.5 / 20000)


def test_projections_without_light_are_refused(line_integrals):
    scan = counted(line_integrals, ANGLES)
    with pytest.raises(InputError, match="no brighter than the darks"):
        transmission_of(changed(scan, projections=np.full(scan.shape, 100.0)))


def test_zingers_go_and_nothing_else(line_integrals):
    rng = np.random.default_rng(4)
    scan = counted(line_integrals, ANGLES, rng=rng)
    hit = changed(scan, projections=scan.projections + 30000.0 * (rng.random(scan.shape) < 1e-3))
    clean, kept, cleaned = transmission_of(scan), transmission_of(hit), transmission_of(hit, remove_zingers=True)
    struck = kept > clean + 0.5
    assert struck.sum() > 20
    np.testing.assert_allclose(cleaned[struck], clean[struck], atol=0.15)
    assert (cleaned[~struck] != kept[~struck]).mean() < 1e-4


def test_i13_has_one_dead_pixel_and_dim_air(i13_scan):
    field = FlatField.of(i13_scan)
    assert np.argwhere(field.dead).tolist() == [[0, 0]]
    assert 0.64 < field.air.left.min() < field.air.right.max() < 0.72
    transmission = field.rows(0, 135)
    assert np.isfinite(transmission).all()
    assert np.median(transmission[:, :, :5]) == pytest.approx(1, abs=0.01)
    assert np.median(transmission[:, :, -5:]) == pytest.approx(1, abs=0.01)


def test_flats_without_light(line_integrals):
    scan = counted(line_integrals, ANGLES)
    with pytest.raises(InputError, match="All flats are zero"):
        transmission_of(changed(scan, flats=np.zeros_like(scan.flats)))
    with pytest.raises(InputError, match="no brighter than the darks"):
        transmission_of(changed(scan, flats=scan.darks))
    with pytest.raises(InputError, match="swapped"):
        transmission_of(changed(scan, flats=scan.darks, darks=scan.flats))
