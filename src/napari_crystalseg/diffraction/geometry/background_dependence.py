"""How answers hang on the background: the same images with it, with a flat one, and as peaks alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...io import save_json
from ...io.diffraction_images import DiffractionImage
from ...progress import Progress, part, silent
from .networks.geometry_networks import GeometryNetworks
from .networks.network_image import GRID
from .networks.training import HELD_OUT_SEED
from .networks.training_images import LARGEST_TILT_DEG, TrainingImage, training_image
from .radial_centre import FLAT_BELOW, contrast

KINDS = {"counts": "with its background", "flat": "with a flat background", "peaks": "as peaks alone"}


@dataclass(frozen=True, eq=False)
class KindFigures:
    """Figures of one way on images of one kind; lengths are parts of the image's longer side.

    Parameters
    ----------
    median, mean : float
        Error of the centre, the distance from the true one; NaN with fewer than three usable answers.
    r : (float, float)
        Correlation of found and true places along (fast, slow).
    answered : float
        Part of the images for which it gave an answer that it held usable.
    """

    median: float
    mean: float
    r: tuple[float, float]
    answered: float

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON-ready values."""
        return {
            "median_part": round(self.median, 5) if np.isfinite(self.median) else None,
            "mean_part": round(self.mean, 5) if np.isfinite(self.mean) else None,
            "r": [round(one, 4) for one in self.r],
            "answered": round(self.answered, 4),
        }


@dataclass(frozen=True, eq=False)
class DependenceReport:
    """What the background is worth to each way of finding the beam centre.

    Parameters
    ----------
    images : int
        How many.
    figures : dict of (str, str) to KindFigures
        By way and kind of image.
    tilt_error_deg, tilt_of_mean_deg : (float, float)
        Mean error of the network's (pitch, yaw) on images with their background, and that of always saying the mean.
    warned : dict of str to float
        Part of the images of each kind with which the product warns that their background is flat.
    """

    images: int
    figures: dict[tuple[str, str], KindFigures]
    tilt_error_deg: tuple[float, float]
    tilt_of_mean_deg: tuple[float, float]
    warned: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON-ready values."""
        return {
            "images": self.images,
            "ways": {f"{way}, {kind}": one.to_dict() for (way, kind), one in self.figures.items()},
            "network_tilt_mean_error_deg": [round(one, 3) for one in self.tilt_error_deg],
            "mean_predictor_tilt_mean_error_deg": [round(one, 3) for one in self.tilt_of_mean_deg],
            "warned_flat": {kind: round(value, 4) for kind, value in self.warned.items()},
        }

    def text(self) -> str:
        """Return the report as lines for the user."""
        lines = [
            f"{self.images} simulated images that no training saw. Errors are percent of the image's longer side.",
            f"{'way':<12}{'images':<26}{'median':>8}{'mean':>8}{'r fast':>8}{'r slow':>8}{'answered':>10}",
        ]
        for (way, kind), one in self.figures.items():
            known = np.isfinite(one.median)
            error = f"{100 * one.median:>8.2f}{100 * one.mean:>8.2f}" if known else f"{'–':>8}{'–':>8}"
            lines.append(
                f"{way:<12}{KINDS[kind]:<26}{error}{one.r[0]:>8.3f}{one.r[1]:>8.3f}{100 * one.answered:>9.0f}%"
            )
        (pitch, yaw), plain = self.tilt_error_deg, self.tilt_of_mean_deg
        lines += [
            f"Tilt by the network: mean error {pitch:.2f}° in pitch, {yaw:.2f}° in yaw; always saying the mean has "
            f"{plain[0]:.2f}°, {plain[1]:.2f}°.",
            "Warned that the background is flat: "
            + ", ".join(f"{100 * value:.0f} % {KINDS[kind]}" for kind, value in self.warned.items())
            + ".",
        ]
        network = {kind: self.figures[("network", kind)] for kind in KINDS if ("network", kind) in self.figures}
        if {"counts", "flat"} <= network.keys():
            varied, flat = min(network["counts"].r), max(network["flat"].r)
            if flat < 0.7 * varied:
                lines.append(
                    "The network finds the centre in the background and not in the peaks: "
                    f"r {varied:.2f} with the background, {flat:.2f} without."
                )
        return "\n".join(lines) + "\n"


def background_dependence(
    networks: str | Path | None = None, images: int = 40, *, classical: bool = True, progress: Progress = silent
) -> DependenceReport:
    """Judge the networks, and the classical ways, on images with their background, a flat one, and as peaks alone.

    Parameters
    ----------
    networks : path, optional
        Folder of networks; the bundled ones by default.
    images : int
        Simulated images, of seeds that no training takes.
    classical : bool
        Whether the classical ways are judged, too, which takes seconds for each image.
    progress : Progress, optional
        Told how far it is.

    Raises
    ------
    InputError
        Fewer than eight images, or a folder that holds no networks.
    """
    if images < 8:
        raise InputError(f"Correlations need eight images at least, not {images}.")
    found = GeometryNetworks(networks)
    simulated: list[TrainingImage] = []
    for number in range(images):
        simulated.append(training_image(HELD_OUT_SEED + number))
        progress(0.3 * (number + 1) / images, f"image {number + 1} of {images}")
    true = np.array([one.centre for one in simulated])
    figures: dict[tuple[str, str], KindFigures] = {}
    tilt_error = tilt_of_mean = (np.nan, np.nan)
    warned: dict[str, float] = {}
    for number, kind in enumerate(KINDS):
        centre, tilt = found.values_of(np.stack([one.values(kind) for one in simulated]))
        figures[("network", kind)] = _figures(centre.mean(axis=1), true, np.ones(images, bool))
        if kind == "counts":
            true_tilt = np.array([one.tilt for one in simulated]) * LARGEST_TILT_DEG
            off = np.abs(tilt.mean(axis=1) - true_tilt).mean(axis=0)
            plain = np.abs(true_tilt - true_tilt.mean(axis=0)).mean(axis=0)
            tilt_error, tilt_of_mean = (float(off[0]), float(off[1])), (float(plain[0]), float(plain[1]))
        pictures = [_image(one, kind) for one in simulated]
        warned[kind] = float(np.mean([_contrast(one) < FLAT_BELOW for one in pictures]))
        if classical:
            share = part(progress, 0.3 + 0.7 * number / len(KINDS), 0.3 + 0.7 * (number + 1) / len(KINDS))
            for way, (places, usable) in _classical(pictures, simulated, share).items():
                figures[(way, kind)] = _figures(places, true, usable)
    return DependenceReport(images, figures, tilt_error, tilt_of_mean, warned)


def judged(folder: str | Path, images: int, *, classical: bool = True, progress: Progress = silent) -> DependenceReport:
    """Judge networks as :func:`background_dependence` does, and write the figures into their card.

    Raises
    ------
    InputError
        As there.
    """
    report = background_dependence(folder, images, classical=classical, progress=progress)
    card = dict(GeometryNetworks(folder).card)
    card["figures"] = {
        "centre_median_part": round(report.figures[("network", "counts")].median, 5),
        **report.to_dict(),
    }
    save_json(card, Path(folder) / "card.json")
    return report


def _image(one: TrainingImage, kind: str) -> DiffractionImage:
    panel = one.geometry.panel
    size = (float(panel.pixel_size_mm[0]), float(panel.pixel_size_mm[1]))
    return DiffractionImage(
        getattr(one, kind), one.mask, size, one.geometry.wavelength_angstrom, one.geometry.distance_mm
    )


def _contrast(image: DiffractionImage) -> float:
    from .background_blocks import BackgroundBlocks

    return contrast(BackgroundBlocks.of(image))


def _classical(
    pictures: list[DiffractionImage], simulated: list[TrainingImage], progress: Progress
) -> dict[str, tuple[NDArray[np.float64], NDArray[np.bool_]]]:
    from .find_geometry import find_geometry

    names = ("background", "lattice", "friedel")
    places = {name: np.full((len(pictures), 2), np.nan) for name in names}
    usable = {name: np.zeros(len(pictures), bool) for name in names}
    for number, (picture, one) in enumerate(zip(pictures, simulated, strict=True)):
        rows, columns = one.mask.shape
        corner = np.array([(GRID - columns) // 2, (GRID - rows) // 2])
        for answer in find_geometry(picture, networks=False).answers:
            if answer.name in places:
                places[answer.name][number] = (np.array(answer.beam_centre_px) + corner) / (GRID / 2) - 1
                usable[answer.name][number] = answer.usable
        progress((number + 1) / len(pictures), f"classical ways, image {number + 1} of {len(pictures)}")
    return {name: (places[name], usable[name]) for name in names}


def _figures(places: NDArray[np.float64], true: NDArray[np.float64], usable: NDArray[np.bool_]) -> KindFigures:
    """Figures of the answers that were held usable; of none they are NaN, or 0 for the correlations."""
    keep = usable & np.isfinite(places).all(axis=1)
    if keep.sum() < 3:
        return KindFigures(np.nan, np.nan, (0.0, 0.0), float(keep.mean()))
    # Half widths of the grid: half of a part of the longer side.
    error = np.linalg.norm(places[keep] - true[keep], axis=1) / 2
    r = [_correlation(places[keep][:, axis], true[keep][:, axis]) for axis in (0, 1)]
    return KindFigures(float(np.median(error)), float(error.mean()), (r[0], r[1]), float(keep.mean()))


def _correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    if min(np.std(one), np.std(other)) < 1e-9:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])
