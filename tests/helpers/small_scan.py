"""A small sample without symmetry, and scans of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.scan import Scan
from napari_crystalseg.xray import Acquisition, RefractiveIndex, acquire, attenuation_per_um

SIZE = 48
PIXEL_UM = 2.0
ENERGY_KEV = 5.0
INDICES = {
    Material.LIQUOR: RefractiveIndex(9.6e-6, 1.13e-7),
    Material.LOOP: RefractiveIndex(12.2e-6, 0.70e-7),
    Material.CRYSTAL: RefractiveIndex(10.7e-6, 0.85e-7),
}
TRUTH = {material: attenuation_per_um(index.beta, ENERGY_KEV) for material, index in INDICES.items()}


def sample(fine: int = 1) -> Labels:
    """A crystal in a lopsided drop on a rod, which no turn or mirror brings onto itself."""
    z, y, x = (np.indices((SIZE * fine,) * 3) + 0.5) / fine - SIZE / 2
    data = np.zeros((SIZE * fine,) * 3, dtype=np.uint8)
    data[(((x - 2) / 15) ** 2 + ((y + 3) / 10) ** 2 + ((z + 3) / 12) ** 2) < 1] = Material.LIQUOR
    data[(np.hypot(x - 4, y + 1) < 3.5) & (z > 0)] = Material.LOOP
    data[(np.abs(x + 0.4 * y - 1) < 6) & (np.abs(y + 2) < 4) & (np.abs(z + 5 + 0.2 * x) < 5)] = Material.CRYSTAL
    return Labels(data, PIXEL_UM / fine)


def thinned_to_pixels(labels: Labels, fine: int) -> Labels:
    from napari_crystalseg.simulation.shown_sample import majority

    return majority(labels, fine)


def scan_of(labels: Labels, seed: int = 1, angles: int = 40, fine: int = 1, **settings: Any) -> Scan:
    asked: dict[str, Any] = {
        "distance_mm": 0.0,
        "photons": 20000.0,
        "propagation": "absorption",
        "read_noise": 0.0,
        "psf_sigma_px": 0.0,
        "psf_tail": 0.0,
        "flat_structure": 0.0,
        "flat_drift_px": 0.0,
        "gain_spread": 0.0,
        "gain_drift": 0.0,
        "dead_fraction": 0.0,
        "hot_fraction": 0.0,
        "zinger_rate": 0.0,
        "wobble_px": 0.0,
        "intensity_drift": 0.0,
    }
    acquisition = Acquisition(
        energy_kev=ENERGY_KEV,
        pixel_size_um=PIXEL_UM,
        angles_deg=np.arange(angles) * 180 / angles,
        **(asked | settings),
    )
    return acquire(labels, INDICES, acquisition, seed=seed, supersampling=fine)
