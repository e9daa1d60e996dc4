"""Hold simulated scans against a dense, supersampled reference scan: SSIM and PSNR of projections and reconstructions.

    python scripts/fidelity_table.py [--size 96] [--angles 90] [--reference-voxels 6] [--reference-slices 3]

Prints the table of docs/realism.md. Sample, materials, energy, distance and point spread are drawn as `crystalseg
simulate` draws them, by the seeds below; what is random in a scan (photons, read noise, gains, structure of the beam,
run-out of the axis) is left out, so that only the optics differ. SSIM is that of Wang et al. (IEEE Trans. Image
Process. 13, 600, 2004: Gaussian window of 1.5 px), the mean over the frames or slices; SSIM and PSNR take the range of
the reference.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.phantom import Sample, draw_sample
from napari_crystalseg.scan import Scan
from napari_crystalseg.simulation.case import SUPERSAMPLING
from napari_crystalseg.simulation.conditions import Conditions, draw_conditions, draw_pixel_size_um
from napari_crystalseg.simulation.priors import TYPICAL
from napari_crystalseg.tomography import Preprocessing, Recipe, reconstruct, transmission_of
from napari_crystalseg.xray import Acquisition, acquire

SAMPLES = (("A", "lysozyme", 1), ("B", "thermolysin", 2))
# So many that their noise is far below the digits.
PHOTONS = 1e13


@dataclass(frozen=True)
class Way:
    """A way to simulate a scan.

    Parameters
    ----------
    title : str
        As in the table.
    voxels : int
        Voxels of the labels in a pixel, along each axis.
    propagation, slices, finest
        As in :class:`~napari_crystalseg.xray.Acquisition`.
    """

    title: str
    voxels: int
    propagation: str
    slices: int | None = None
    finest: int = 4

    def scan(self, sample: Sample, conditions: Conditions, size: int, angles: int) -> Scan:
        """Scan without noise and defects."""
        drawn = conditions.acquisition
        ideal = Acquisition(
            energy_kev=drawn.energy_kev,
            distance_mm=drawn.distance_mm,
            pixel_size_um=drawn.pixel_size_um,
            angles_deg=np.arange(angles) * 180.0 / angles,
            photons=PHOTONS,
            read_noise=0.0,
            psf_sigma_px=drawn.psf_sigma_px,
            psf_tail=drawn.psf_tail,
            flats=1,
            darks=1,
            flat_structure=0.0,
            gain_spread=0.0,
            gain_drift=0.0,
            propagation=self.propagation,
            slices=self.slices,
            finest_supersampling=self.finest,
        )
        labels = voxels(sample, size, self.voxels, drawn.pixel_size_um)
        return acquire(labels, conditions.indices, ideal, seed=0, supersampling=self.voxels)


def voxels(sample: Sample, size: int, factor: int, pixel_size_um: float) -> Labels:
    return sample.voxelise((size * factor,) * 3, pixel_size_um / factor)


def drawn(seed: int, habit: str, size: int) -> tuple[Sample, Conditions]:
    """A sample that shows its crystal and makes fringes, by the draws of ``simulate_case``."""
    rng = np.random.default_rng([seed, 0])
    while True:
        pixel_um = draw_pixel_size_um(rng, size)
        sample = draw_sample(rng, size * pixel_um, habit, TYPICAL.sample, TYPICAL.crystals)
        other = sample.description["other"]
        conditions = draw_conditions(rng, size, pixel_um, other, None, TYPICAL.conditions, TYPICAL.materials)
        waves = conditions.acquisition.propagation == "auto" and conditions.acquisition.distance_mm > 0
        if waves and (voxels(sample, size, 1, pixel_um).data == Material.CRYSTAL).any():
            return sample, conditions


def likeness(found: NDArray[np.float32], reference: NDArray[np.float32]) -> tuple[float, float, float]:
    """SSIM, PSNR in dB, and root mean square difference in parts of the reference's range."""
    from skimage.metrics import peak_signal_noise_ratio, structural_similarity

    span = float(np.ptp(reference))
    options = {"data_range": span, "gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
    pairs = zip(found, reference, strict=True)
    ssim = float(np.mean([structural_similarity(theirs, ours, **options) for ours, theirs in pairs]))
    psnr = float(peak_signal_noise_ratio(reference, found, data_range=span))
    return ssim, psnr, float(np.sqrt(np.mean((found.astype(np.float64) - reference) ** 2)) / span)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=96)
    parser.add_argument("--angles", type=int, default=90)
    parser.add_argument("--reference-voxels", type=int, default=6)
    parser.add_argument("--reference-slices", type=int, default=3)
    parser.add_argument("--multislice-slices", type=int, default=32)
    options = parser.parse_args()
    dense = Way("reference", options.reference_voxels, "auto", options.reference_slices, 8)
    plain = ("multislice", options.multislice_slices)
    ways = (
        Way("absorption only", SUPERSAMPLING, "absorption"),
        Way(f"plain multislice, {plain[1]} slices, one voxel and sample a pixel", 1, *plain, 1),
        Way(f"plain multislice, {plain[1]} slices", SUPERSAMPLING, *plain),
        Way("full (`auto`)", SUPERSAMPLING, "auto"),
    )
    for name, habit, seed in SAMPLES:
        sample, conditions = drawn(seed, habit, options.size)
        taken = conditions.acquisition
        facts = ", ".join(f"{key} {sample.description[key]}" for key in ("placement", "mount", "liquor", "other"))
        print(f"\nSample {name}: {habit}, seed {seed}, {facts}; {conditions.description['liquor']}")
        print(
            f"{taken.energy_kev:.2f} keV, {taken.distance_mm:.2f} mm, pixel {taken.pixel_size_um:.3f} µm, "
            f"PSF {taken.psf_sigma_px:.2f} px, {options.size} px, {options.angles} angles"
        )
        print("| simulation | projection SSIM | PSNR, dB | reconstruction SSIM | PSNR, dB | rms, % | estimated | s |")
        truth = None
        for way in (dense, *ways):
            begin = time.process_time()
            scan = way.scan(sample, conditions, options.size, options.angles)
            seconds = time.process_time() - begin
            chosen = scan.provenance.steps[-1]["sampling"]
            # Nothing is fitted to a single scan: no air level, no stripes.
            transmission = transmission_of(scan, rescale_air=False)
            plain = Preprocessing(remove_stripes="none", rescale_air=False)
            volume = reconstruct(scan, Recipe("recorded", preprocessing=plain)).data
            how = f"{chosen['slices']} slices, {way.voxels * chosen['field_samples_per_voxel']} samples a pixel"
            error = chosen["estimated_error"]
            told = "" if error is None else f"{100 * error:.2f} %"
            if truth is None:
                truth = transmission, volume
                print(f"| {way.title}: {how} | | | | | | {told} | {seconds:.1f} |", flush=True)
                continue
            (ssim, psnr, rms), (ssim3, psnr3, rms3) = (
                likeness(*pair) for pair in zip((transmission, volume), truth, strict=True)
            )
            print(
                f"| {way.title}: {how} | {ssim:.4f} | {psnr:.2f} | {ssim3:.4f} | {psnr3:.2f} "
                f"| {100 * rms:.2f}, {100 * rms3:.2f} | {told} | {seconds:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
