"""How near the beam centre and the tilt of simulated images are found, by each way, and of real ones with a .expt.

    python benchmarks/beam_centre.py [--images 20] [--binning 4] [--real IMAGE.cbf GEOMETRY.expt]

Simulated are stills of five crystal forms on three detectors, binned, with varied water, air and plastics, beam stop,
gaps, tilts of up to 3° that no header states, and headers whose centre is off by some pixels; each with its background
and with a flat one of as many photons. Errors are pixels of the binned image.
"""

from __future__ import annotations

import argparse
import json
import time
from functools import cache
from pathlib import Path

import numpy as np

from napari_crystalseg.diffraction.background import random_background
from napari_crystalseg.diffraction.beam import DiffractionBeam
from napari_crystalseg.diffraction.crystal import DiffractingCrystal
from napari_crystalseg.diffraction.detectors import preset_detector
from napari_crystalseg.diffraction.geometry.detector_geometry import DetectorGeometry
from napari_crystalseg.diffraction.geometry.find_geometry import find_geometry
from napari_crystalseg.diffraction.images import BeamStop, Camera, simulate_still
from napari_crystalseg.diffraction.lattice import Lattice
from napari_crystalseg.diffraction.structure_factors import StructureFactors, wilson_structure_factors
from napari_crystalseg.draws import log_uniform, random_rotation
from napari_crystalseg.experiment import Detector, read_experiment
from napari_crystalseg.io.diffraction_images import DiffractionImage, open_diffraction_image
from napari_crystalseg.wavelength import KEV_ANGSTROM

DETECTORS = ("eiger-4m", "pilatus-6m", "pilatus-2m")
CRYSTALS = ("thermolysin", "thaumatin", "lysozyme", "insulin", "proteinase-k")
LARGEST_TILT_DEG, HEADER_OFF_PX = 3.0, 8.0


@cache
def known(name: str) -> tuple[Lattice, StructureFactors]:
    """Lattice and structure factors of a crystal form."""
    lattice = Lattice.preset(name)
    return lattice, wilson_structure_factors(lattice, 2.2, seed=1)


def simulated(seed: int, binning: int) -> tuple[DiffractionImage, DiffractionImage, DetectorGeometry]:
    """An image with its background, the same with a flat one, and the truth."""
    rng = np.random.default_rng((seed, 77))
    energy_kev = float(rng.uniform(7, 15))
    full = preset_detector(str(rng.choice(DETECTORS)), energy_kev=energy_kev).panels[0]
    pixel = float(full.pixel_size_mm[0]) * binning
    shape = np.floor(full.image_size_px / binning)
    wavelength = KEV_ANGSTROM / energy_kev
    edge = 2 * np.arcsin(min(wavelength / (2 * log_uniform(rng, 1.6, 4.0)), 0.6))
    distance = float(np.clip(shape.max() * pixel / 2 / np.tan(edge), 80, 800))
    centre = shape * (0.5 + rng.uniform(-0.2, 0.2, 2))
    pitch, yaw = rng.uniform(-LARGEST_TILT_DEG, LARGEST_TILT_DEG, 2)
    true = DetectorGeometry.of_tilt(centre, distance, pixel, shape, pitch, yaw, wavelength, full.sensor)
    beam = DiffractionBeam(energy_kev, flux_per_s=log_uniform(rng, 1e10, 1e12))
    stop = BeamStop(*(float(rng.uniform(*ends)) for ends in ((0.2, 1), (15, 45), (0, 0.5), (0, 360), (0, 0.8))))
    lattice, factors = known(str(rng.choice(CRYSTALS)))
    turned = Lattice(lattice.cell, lattice.space_group, random_rotation(rng).as_matrix(), lattice.residues)
    crystal = DiffractingCrystal(turned, log_uniform(rng, 1e3, 3e5), float(rng.uniform(0.02, 0.3)))
    still = simulate_still(
        crystal, factors, beam, Camera(Detector((true.panel,)), stop), exposure_s=log_uniform(rng, 0.01, 1),
        background=random_background(seed + 5), seed=seed,
    )  # fmt: skip
    counts = still.counts[0]
    mask = counts < 0
    for left, top, right, bottom in full.gaps_px:
        mask[top // binning : -(-bottom // binning), left // binning : -(-right // binning)] = True
    stated = {
        "pixel_size_mm": (pixel, pixel),
        "wavelength_angstrom": wavelength,
        "distance_mm": distance,
        "beam_centre_px": tuple(centre + rng.normal(0, HEADER_OFF_PX, 2)),
        "beam_centre_statement": "simulated",
    }
    even = np.full_like(still.background[0], max(float(still.background[0].mean()), 0.05))
    flat = rng.poisson(even + still.signal[0])
    return DiffractionImage(counts, mask, **stated), DiffractionImage(flat, mask, **stated), true


def off(centre: tuple[float, float], true: DetectorGeometry) -> float:
    """Distance from the true centre, pixels."""
    return float(np.linalg.norm(np.subtract(centre, true.beam_centre_px)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=20)
    parser.add_argument("--binning", type=int, default=4)
    parser.add_argument("--real", nargs=2, type=Path, action="append", default=[], metavar=("IMAGE", "EXPT"))
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    for path, expt in given.real:
        sweep = read_experiment(expt).sweeps[0]
        true = DetectorGeometry(sweep.detector.panels[0], sweep.source_direction, sweep.wavelength)
        found = find_geometry(open_diffraction_image(path))
        told = ", ".join(f"{one.name} {off(one.beam_centre_px, true):.2f}" for one in found.answers)
        print(f"{path.name}: taken {found.taken} {off(found.geometry.beam_centre_px, true):.2f} px; {told}")
    rows: list[dict[str, object]] = []
    for seed in range(given.images):
        with_background, with_flat, true = simulated(seed, given.binning)
        for kind, image in (("background", with_background), ("flat", with_flat)):
            began = time.perf_counter()
            found = find_geometry(image)
            row: dict[str, object] = {"seed": seed, "kind": kind, "seconds": time.perf_counter() - began}
            row |= {
                "taken": found.taken,
                "error_px": off(found.geometry.beam_centre_px, true),
                "sigma_px": found.sigma_px,
            }
            row |= {"tilt_from": found.tilt_from, "warned_flat": found.flat}
            row["tilt_error_deg"] = [found.geometry.pitch_deg - true.pitch_deg, found.geometry.yaw_deg - true.yaw_deg]
            row["ways"] = {one.name: [off(one.beam_centre_px, true), one.usable] for one in found.answers}
            rows.append(row)
            print(json.dumps(row), flush=True)
    if given.json is not None:
        given.json.write_text(json.dumps(rows, indent=1))
    for kind in ("background", "flat"):
        some = [row for row in rows if row["kind"] == kind]
        if not some:
            continue
        print(f"\n{len(some)} images, {kind}: errors in pixels (median, 90 %), and how many were held usable")
        errors = [row["error_px"] for row in some]
        print(f"  {'taken':<11}{np.median(errors):8.2f}{np.percentile(errors, 90):8.2f}")
        for way in ("header", "background", "lattice", "friedel", "network"):
            said = [row["ways"][way] for row in some if way in row["ways"]]
            errors = [error for error, usable in said if usable]
            if errors:
                print(f"  {way:<11}{np.median(errors):8.2f}{np.percentile(errors, 90):8.2f}{len(errors):5d}")
            elif said:
                print(f"  {way:<11}{'':16}{0:5d}")
        tilt = np.abs([row["tilt_error_deg"] for row in some if row["tilt_from"] == "background"])
        if len(tilt):
            ends = np.percentile(tilt, (50, 90))
            print(f"  tilt by the background: median {ends[0]:.2f}°, 90 % {ends[1]:.2f}° ({len(tilt)})")
        print(f"  warned that the background is flat: {sum(bool(row['warned_flat']) for row in some)}")
        print(f"  seconds an image: {np.median([row['seconds'] for row in some]):.1f}")


if __name__ == "__main__":
    main()
