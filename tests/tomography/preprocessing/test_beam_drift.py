"""A beam that moves: its shift is known, and its bands go."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.scan import Scan
from napari_crystalseg.tomography.preprocessing.flat_field import FlatField

ROWS, COLUMNS, ANGLES = 48, 96, 24


def beam(down_px, across_px):
    """Bands and a slow change over the width, moved."""
    r = np.arange(ROWS)[:, np.newaxis] - down_px
    c = np.arange(COLUMNS) - across_px
    return np.exp(0.15 * np.sin(2 * np.pi * r / 16) + 0.2 * np.sin(2 * np.pi * c / 80))


def scan_of(shifts, seed=0, photons=4e4):
    rng = np.random.default_rng(seed)
    gain = 1 + 0.02 * rng.standard_normal((ROWS, COLUMNS))
    sample = np.ones((ROWS, COLUMNS))
    sample[:, 30:66] = 0.6
    frames = np.stack([rng.poisson(photons * beam(*s) * sample) * gain for s in shifts])
    flats = np.stack([rng.poisson(photons * beam(0, 0)) * gain for _ in range(20)])
    return Scan(frames, flats, np.zeros((1, ROWS, COLUMNS)), np.arange(ANGLES) * 180 / ANGLES), sample


def test_shift_is_found_and_its_bands_go():
    shifts = np.stack([np.linspace(0, 1.0, ANGLES), np.linspace(0, -1.0, ANGLES)], axis=1)
    scan, sample = scan_of(shifts)
    corrected = FlatField.of(scan, correct_beam_drift=True)
    assert corrected.beam_drift is not None
    # The smoothing takes 7 % off the slope of such a band, so the shift comes out too large; their product counts.
    np.testing.assert_allclose(corrected.beam_drift.shift_px[:, 0], shifts[:, 0], atol=0.1)
    before, after = (np.sqrt(((f.rows(0, ROWS)[-6:] - sample) ** 2).mean()) for f in (FlatField.of(scan), corrected))
    # Photon noise alone is 0.006.
    assert before > 0.03
    assert after < 0.012


def test_steady_beam_is_left_alone():
    scan, _ = scan_of(np.zeros((ANGLES, 2)))
    assert FlatField.of(scan, correct_beam_drift=True).beam_drift is None
    np.testing.assert_array_equal(
        FlatField.of(scan, correct_beam_drift=True).rows(0, ROWS), FlatField.of(scan).rows(0, ROWS)
    )


def test_faint_sample_that_turns_is_no_drift():
    """It absorbs 2 %, so that the mean of each of its pixels is nearly that of air."""
    scan, _ = scan_of(np.zeros((ANGLES, 2)))
    column = np.arange(COLUMNS)
    turning = np.stack([47.5 + 20 * np.cos(np.pi * a / ANGLES) for a in range(ANGLES)])
    body = 1 - 0.02 * np.exp(-(((column - turning[:, np.newaxis]) / 8) ** 2))
    seen = Scan(scan.projections * body[:, np.newaxis], scan.flats, scan.darks, scan.angles_deg)
    assert FlatField.of(seen, correct_beam_drift=True).beam_drift is None


def test_sample_that_fills_the_field_is_left_alone():
    scan, _ = scan_of(np.full((ANGLES, 2), 1.0))
    frames = scan.projections * np.linspace(0.2, 0.5, COLUMNS) * (1 + 0.3 * np.sin(np.arange(ANGLES)))[:, None, None]
    full = Scan(frames, scan.flats, scan.darks, scan.angles_deg)
    assert FlatField.of(full, correct_beam_drift=True).beam_drift is None


@pytest.mark.parametrize("rows", [(0, 7), (7, 20), (20, ROWS)])
def test_slabs_are_the_whole(rows):
    scan, _ = scan_of(np.full((ANGLES, 2), 1.0))
    field = FlatField.of(scan, correct_beam_drift=True)
    np.testing.assert_array_equal(field.rows(*rows), field.rows(0, ROWS)[:, slice(*rows)])
