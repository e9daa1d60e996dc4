"""Draw the picture of simulated diffraction images in the documentation (docs/images/diffraction.png)."""

from __future__ import annotations

from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")

import matplotlib.pyplot as plt

from napari_crystalseg.diffraction.background import Background
from napari_crystalseg.diffraction.beam import DiffractionBeam
from napari_crystalseg.diffraction.crystal import DiffractingCrystal
from napari_crystalseg.diffraction.detectors import preset_detector
from napari_crystalseg.diffraction.images import Camera, SimulatedScan, simulate_still
from napari_crystalseg.diffraction.lattice import Lattice
from napari_crystalseg.diffraction.rotation import rotation_sweep
from napari_crystalseg.diffraction.structure_factors import wilson_structure_factors

OUT = Path(__file__).parents[1] / "docs" / "images" / "diffraction.png"


def rotation() -> np.ndarray:
    """Lysozyme, half a degree, on a Pilatus 6M."""
    beam = DiffractionBeam(flux_per_s=2e11, size_um=(50.0, 50.0))
    lattice = Lattice.preset("lysozyme").turned(3)
    detector = preset_detector("pilatus-6m", 300.0)
    sweep = rotation_sweep(beam, detector, width_deg=0.5, images=10, lattice=lattice)
    crystal = DiffractingCrystal(lattice, 40.0**3, mosaicity_deg=0.1)
    factors = wilson_structure_factors(lattice, 1.5, seed=1)
    scan = SimulatedScan.of(
        sweep, crystal, factors, beam, Camera(detector), exposure_s=0.2, background=Background(), seed=1
    )
    return scan.image(4).counts[0]


def pink_still() -> np.ndarray:
    """Proteinase K in a beam of 3 % bandwidth, one exposure, on an Eiger 4M."""
    beam = DiffractionBeam(7.0, 2e11, (10.0, 10.0), bandwidth=0.03, divergence_mrad=1.0)
    lattice = Lattice.preset("proteinase-k").turned(5)
    crystal = DiffractingCrystal(lattice, 1e3, mosaicity_deg=0.15)
    camera = Camera(preset_detector("eiger-4m", 120.0, energy_kev=7.0))
    factors = wilson_structure_factors(lattice, 2.0, seed=1)
    image = simulate_still(crystal, factors, beam, camera, exposure_s=0.05, background=Background(20.0, 10.0), seed=1)
    return image.counts[0]


def main() -> None:
    """Draw both, each with a part of it enlarged."""
    figure, axes = plt.subplots(2, 2, figsize=(12, 12.6))
    for row, (image, title, part) in enumerate(
        (
            (rotation(), "Rotation, 0.5°, Pilatus 6M at 300 mm", np.s_[850:1200, 500:850]),
            (pink_still(), "Still, 3 % bandwidth, Eiger 4M at 120 mm", np.s_[250:500, 1500:1750]),
        )
    ):
        counts = np.where(image < 0, np.nan, image)
        top = np.nanpercentile(counts, 99.7)
        for column, shown in enumerate((counts, counts[part])):
            axis = axes[row, column]
            axis.set_facecolor("#d8e4ee")
            axis.imshow(shown, cmap="gray_r", vmin=0, vmax=top * (1.0 if column == 0 else 1.5), interpolation="nearest")
            axis.set_xticks([])
            axis.set_yticks([])
            axis.set_title(title if column == 0 else "a part of it", fontsize=11)
    figure.tight_layout()
    figure.savefig(OUT, dpi=70)


if __name__ == "__main__":
    main()
