"""Are measured attenuation coefficients right within their standard errors? Simulated scans, whose truth is known.

    python benchmarks/coefficients.py [--folder FOLDER] [SEED ...]

simulates one small case for each seed, measures the coefficients from its raw scan and its true labels, and prints how
many standard errors each material is off. Cases in FOLDER are used again.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from napari_crystalseg.calibration.measured_coefficients import measure_coefficients
from napari_crystalseg.io import open_labels, open_scan
from napari_crystalseg.labels import Material
from napari_crystalseg.simulation.requests.case_request import CaseRequest
from napari_crystalseg.simulation.simulate import simulate

SEEDS = (*range(9101, 9109), *range(9201, 9217))
SIZE = 64
FEWEST_VOXELS = 100
"""Fewer voxels of a material are left out of the count: nothing can be said of them."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seeds", nargs="*", type=int, default=SEEDS)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as spare:
        compare(asked.folder or Path(spare), asked.seeds)


def compare(folder: Path, seeds: Sequence[int]) -> None:
    off: list[float] = []
    print("seed  material  voxels  truth /mm  measured /mm           off  explained")
    for seed in seeds:
        case = folder / str(seed) / "case_0000"
        if not (case / "manifest.json").exists():
            simulate(folder / str(seed), 1, CaseRequest(seed, size=SIZE))
        truth = json.loads((case / "manifest.json").read_text())["description"]["conditions"]["attenuation_per_um"]
        labels = open_labels(case / "labels.tif")
        found = measure_coefficients(labels, open_scan(case / "scan.h5"))
        for material, value in found.per_um.items():
            voxels = int(np.count_nonzero(labels.data == material))
            if not voxels:
                continue
            error, true = found.standard_error_per_um[material], truth.get(material.title, 0.0)
            deviation = (value - true) / error
            said = f"{1e3 * value:8.3f} ± {1e3 * error:6.3f}  {deviation:+6.2f} σ"
            counted = voxels >= FEWEST_VOXELS and np.isfinite(value)
            if counted:
                off.append(deviation)
            print(
                f"{seed}  {Material(material).title:8}  {voxels:6}  {1e3 * true:9.3f}  {said}"
                f"  {found.diagnostics.explained:.4f}" + ("" if counted else "  (not counted)"),
                flush=True,
            )
    z = np.abs(off)
    print(
        f"{len(z)} materials: {(z < 1).sum()}, {(z < 2).sum()} and {(z < 3).sum()} within one, two and three standard "
        f"errors; r.m.s. {np.sqrt((z**2).mean()):.2f}"
    )


if __name__ == "__main__":
    main()
