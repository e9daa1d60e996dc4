"""Time of simulated diffraction: images of several detectors, and the prediction of a whole turn.

Run ``python benchmarks/diffraction.py``; it prints a table in Markdown. Times are of one thread.
"""

from __future__ import annotations

import time

import numpy as np

from napari_crystalseg.diffraction.background import Background
from napari_crystalseg.diffraction.beam import DiffractionBeam
from napari_crystalseg.diffraction.crystal import DiffractingCrystal
from napari_crystalseg.diffraction.detectors import preset_detector
from napari_crystalseg.diffraction.images import Camera, SimulatedScan, simulate_still
from napari_crystalseg.diffraction.lattice import Lattice
from napari_crystalseg.diffraction.rotation import predict_rotation, rotation_sweep
from napari_crystalseg.diffraction.structure_factors import wilson_structure_factors

REPEATS = 3


def seconds(work) -> float:
    """Best processor time of a few."""
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def main() -> None:
    """Print the table."""
    beam, background = DiffractionBeam(flux_per_s=2e11), Background()
    lattice = Lattice.preset("lysozyme").turned(1)
    crystal = DiffractingCrystal(lattice, 5e4, mosaicity_deg=0.1)
    factors = wilson_structure_factors(lattice, 1.8)
    print("| what | s |\n| --- | --- |")
    for name, binned in (("eiger-4m", 1), ("eiger-4m", 16), ("pilatus-6m", 1), ("pilatus-12m", 1)):
        detector = preset_detector(name, 150.0 if name != "pilatus-12m" else 250.0).binned(binned)
        camera = Camera(detector)
        label = name if binned == 1 else f"{name}, binned {binned} x {binned}"
        sweep = rotation_sweep(beam, detector, width_deg=0.1, images=100)
        scan = SimulatedScan.of(sweep, crystal, factors, beam, camera, background=background)
        scan.image(0)
        print(f"| {label}: an image of a scan | {seconds(lambda scan=scan: scan.image(1)):.2f} |")
        still = seconds(lambda camera=camera: simulate_still(crystal, factors, beam, camera, background=background))
        print(f"| {label}: a still, background anew | {still:.2f} |")
    detector = preset_detector("pilatus-12m")
    thermolysin = Lattice.preset("thermolysin").turned(1)
    sweep = rotation_sweep(DiffractionBeam(4.5), detector, images=3600)
    found = predict_rotation(sweep, thermolysin, 2.5)
    once = seconds(lambda: predict_rotation(sweep, thermolysin, 2.5))
    print(f"| a turn of thermolysin to 2.5 Å on pilatus-12m, {len(found)} reflections | {once:.2f} |")
    assert np.isfinite(found.lorentz).all()


if __name__ == "__main__":
    main()
