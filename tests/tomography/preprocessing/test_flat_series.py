"""Flats before and after a scan: in between, the response changes evenly."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.scan import Scan
from napari_crystalseg.tomography import transmission_of

ANGLES = 10


def scan_of(positions, levels):
    """A beam that falls evenly from 1000 to 500 over the scan, no sample."""
    level = 1000 - 500 * (np.arange(ANGLES) + 0.5) / ANGLES
    frames = np.broadcast_to(level[:, None, None], (ANGLES, 6, 40))
    flats = np.stack([np.full((6, 40), v) for v in levels])
    return Scan(frames, flats, np.zeros((1, 6, 40)), np.arange(ANGLES) * 18.0, flat_positions=positions)


def test_flats_before_and_after_are_interpolated():
    scan = scan_of([0, 0, 10, 10], [990.0, 1010.0, 490.0, 510.0])
    np.testing.assert_allclose(transmission_of(scan, rescale_air=False), 1.0, rtol=1e-6)


def test_a_group_in_the_middle_counts():
    scan = scan_of([0, 5, 10], [1000.0, 750.0, 500.0])
    np.testing.assert_allclose(transmission_of(scan, rescale_air=False), 1.0, rtol=1e-6)


def test_without_positions_their_mean_stands():
    scan = scan_of(None, [1000.0, 500.0])
    np.testing.assert_allclose(
        transmission_of(scan, rescale_air=False)[:, 0, 0], scan.projections[:, 0, 0] / 750, rtol=1e-6
    )


def test_before_the_first_group_the_first_stands():
    scan = scan_of([5, 10], [750.0, 500.0])
    np.testing.assert_allclose(transmission_of(scan, rescale_air=False)[0], 975 / 750, rtol=1e-6)


def test_positions_of_another_number_are_refused():
    with pytest.raises(InputError, match="2 flats but 3 positions"):
        scan_of([0, 1, 2], [1000.0, 500.0])
