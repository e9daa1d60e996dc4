"""Measure the spot finder on simulated stills: against the truth, against DIALS where it is there, and its time.

    python benchmarks/hits.py [--images 6] [--seed 5] [--flux 1 0.1 0.025]

Stills of proteinase K on a Pilatus 2M (full frames, 12 keV, 250 mm), at the flux of a compact source and parts of it.
Precision is the part of spots found within two pixels of a reflection of more than one photon; recall the part of
reflections with an I/sigma of five or more, counted over nine pixels, that were found. Times are processor time.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_crystalseg.diffraction.hits import PeakCountHitFinder, SpotFinder
from napari_crystalseg.diffraction.hits.evaluation.spot_score import SpotScore
from napari_crystalseg.diffraction.hits.examples.hit_conditions import HitConditions
from napari_crystalseg.diffraction.hits.examples.hit_example import HitExample, simulate_example
from napari_crystalseg.experiment.table.reflection_file import read_table

CONDITIONS = HitConditions(
    detector="pilatus-2m", binning=1, energies_kev=(12.0,), distances_mm=(250.0,), photons=3e9, bandwidth=0.001
)
HEADER = """# Detector: PILATUS 2M, S/N 24-0107
# 2026-01-01T00:00:00.000
# Pixel_size 172e-6 m x 172e-6 m
# Silicon sensor, thickness 0.000320 m
# Exposure_time 1.0 s
# Exposure_period 1.0 s
# Count_cutoff 1000000 counts
# Wavelength {wavelength:.5f} A
# Detector_distance 0.25 m
# Beam_xy ({x:.2f}, {y:.2f}) pixels
# Start_angle 0.0 deg.
# Angle_increment 0.0 deg.
"""


def of_dials(image: NDArray[np.int32]) -> NDArray[np.float64]:
    """Spots that dials.find_spots finds with its own settings, (fast, slow), pixels."""
    from fabio.cbfimage import CbfImage

    with tempfile.TemporaryDirectory() as folder:
        text = HEADER.format(wavelength=12.39842 / 12.0, x=image.shape[1] / 2, y=image.shape[0] / 2)
        written = CbfImage(data=image)
        written.header["_array_data.header_convention"] = '"PILATUS_1.2"'
        written.header["_array_data.header_contents"] = text.replace("\n", "\r\n")
        written.write(str(Path(folder) / "still_00001.cbf"))
        for command in (["dials.import", "still_00001.cbf"], ["dials.find_spots", "imported.expt", "nproc=1"]):
            subprocess.run(command, cwd=folder, check=True, capture_output=True)
        return read_table(Path(folder) / "strong.refl")[0]["xyzobs.px.value"][:, :2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=6)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--flux", type=float, nargs="+", default=[1.0, 0.1, 0.025])
    given = parser.parse_args()
    finders: dict[str, Callable[[NDArray[np.int32]], NDArray[np.float64]]] = {
        "SpotFinder": lambda image: SpotFinder().find(image).centroid_px,
        "dispersion alone": lambda image: SpotFinder(sum_px=0).find(image).centroid_px,
    }
    if shutil.which("dials.find_spots"):
        finders["dials.find_spots"] = of_dials
    examples: list[HitExample] = [simulate_example(CONDITIONS, given.seed + n) for n in range(given.images)]
    PeakCountHitFinder().find(examples[0].hit(0))  # compiles
    for flux in given.flux:
        for name, find in finders.items():
            score, begun = SpotScore(), time.process_time()
            for n, example in enumerate(examples):
                score = score.with_image(example, flux, find(example.hit(n, flux)))
            spent = (time.process_time() - begun) / len(examples)
            print(
                f"flux {flux:<6g}{name:18} spots {score.found:5d}  precision {score.precision:.3f}  recall "
                f"{score.recall:.3f} of {score.wanted}" + ("" if "dials" in name else f"  {spent:.2f} s an image")
            )
        begun, hits = time.process_time(), PeakCountHitFinder()
        said = [hits.find(image).hit for n, e in enumerate(examples) for image in (e.hit(n, flux), e.miss(n, flux))]
        print(
            f"flux {flux:<6g}hits told {sum(said[::2])} of {len(examples)}, misses called hits {sum(said[1::2])}, "
            f"{(time.process_time() - begun) / len(said):.2f} s an image"
        )


if __name__ == "__main__":
    main()
