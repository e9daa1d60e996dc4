"""An analytic scan of three discs with counting noise, and what can go wrong with its frames."""

from __future__ import annotations

import numpy as np

from napari_crystalseg.scan import Scan

WIDTH, HEIGHT = 96, 24
DISCS = [(0, 0, 30, 0.004), (-12, 8, 6, 0.016), (10, 14, 4, 0.024)]
"""y, x and radius in pixels, attenuation per pixel."""


def transmission(angles_deg, height=HEIGHT, width=WIDTH, centre=None, discs=DISCS):
    """Transmission (angle, row, column); the four outermost rows on either side are air."""
    column, phi = (np.arange(width * 4) + 0.5) / 4 - 0.5, np.deg2rad(angles_deg)
    centre = (width - 1) / 2 if centre is None else centre
    total = sum(
        2 * mu * np.sqrt(np.clip(r**2 - (column - (centre + x * np.cos(phi) - y * np.sin(phi))[:, None]) ** 2, 0, None))
        for y, x, r, mu in discs
    )
    result = np.ones((len(phi), height, width))
    result[:, 4:-4] = np.exp(-total).reshape(len(phi), width, 4).mean(-1)[:, None]
    return result


def counts(transmission, dtype="u2", seed=0, photons=4e4):
    """Projections, ten flats and ten darks."""
    rng = np.random.default_rng(seed)
    gain = photons * (1 + 0.05 * np.sin(np.arange(transmission.shape[2]) / 7))

    def seen(share):
        return (rng.poisson(gain * share) + rng.normal(100, 2, share.shape)).round().astype(dtype)

    frame = (10, *transmission.shape[1:])
    return seen(transmission), seen(np.ones(frame)), rng.normal(100, 2, frame).round().astype(dtype)


def scan(angles_deg, order=None, **of_counts):
    """The right scan, or one whose frames come in another order than its angles."""
    projections, flats, darks = counts(transmission(angles_deg), **of_counts)
    return Scan(projections if order is None else projections[order], flats, darks, angles_deg)


def voxel_values(volume):
    """Mean voxel values of the large and of the first small disc, which should be 0.004 and 0.020."""
    mean = np.asarray(volume.data)[8:-8].mean(0)
    y, x = np.mgrid[:WIDTH, :WIDTH] - (WIDTH - 1) / 2
    outside = (np.hypot(y + 12, x - 8) > 8) & (np.hypot(y - 10, x - 14) > 6)
    return mean[(np.hypot(y, x) < 28) & outside].mean(), mean[np.hypot(y + 12, x - 8) < 4].mean()
