"""Labels are held against scans whose axis is near an edge, or recorded otherwise than as a column."""

import numpy as np
import pytest

from napari_crystalseg.calibration.geometry import scan_geometry
from napari_crystalseg.labels import Labels
from napari_crystalseg.scan import Scan
from napari_crystalseg.tomography import judge_scan

# y, x, radius, attenuation
DISCS = [(0, 0, 24, 0.004), (-9, 6, 5, 0.016), (8, 11, 3, 0.024)]
ROWS = 8


def scan(angles, width, centre, **known):
    u, phi = (np.arange(width * 4) + 0.5) / 4 - 0.5, np.deg2rad(angles)
    at = [(r, mu, centre + x * np.cos(phi) - y * np.sin(phi)) for y, x, r, mu in DISCS]
    path = sum(2 * mu * np.sqrt(np.clip(r**2 - (u - c[:, None]) ** 2, 0, None)) for r, mu, c in at)
    seen = np.exp(-path).reshape(len(angles), 1, width, 4).mean(axis=3)
    counts = np.random.default_rng(3).poisson(4e4 * np.repeat(seen, ROWS, axis=1)).astype(np.uint16)
    flat, dark = np.full((1, ROWS, width), 40000, np.uint16), np.zeros((1, ROWS, width), np.uint16)
    return Scan(counts, flat, dark, angles, 1.0, **known)


def labels(width):
    y, x = np.mgrid[:width, :width] - (width - 1) / 2
    inside = [np.hypot(y - b, x - a) < r for b, a, r, _ in DISCS]
    return Labels(np.repeat(np.select(inside[::-1], [2, 3, 1])[None], ROWS, axis=0).astype(np.uint8), 1.0)


@pytest.mark.parametrize(
    ("raw", "centre", "side"),
    [
        (scan(np.arange(0, 360.0, 2), 50, 9.0), 9.0, 82),
        (scan(np.arange(0, 180.0, 2), 64, 35.5, rotation_centre_px=4.0), 35.5, 64),
        (scan(np.arange(0, 180.0, 2), 64, 27.5, rotation_centre_px=-4.0), 27.5, 64),
        (scan(np.arange(0, 180.0, 2), 64, 35.5, rotation_centre_px=12.0), 35.5, 64),
    ],
    ids=["half-acquisition", "from-the-middle", "before-the-middle", "elsewhere"],
)
def test_labels_match(raw, centre, side):
    assert judge_scan(raw).rotation_axis().centre_px == pytest.approx(centre, abs=0.15)
    score = scan_geometry(labels(side), raw)
    assert score.given.score > 0.99
    assert (score.axis_remark is None) == (raw.rotation_centre_px is None)
