"""Find the geometry of a single image by all ways, and take what is most to be believed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ...io.diffraction_images import DiffractionImage
from ...progress import Progress, silent
from ..hits.spots.spot_finder import SpotFinder
from .background_blocks import BackgroundBlocks
from .detector_geometry import DetectorGeometry
from .found_geometry import CentreAnswer, FoundGeometry
from .friedel_centre import SIGNIFICANT, FriedelCentre, friedel_centre
from .geometry_sentences import geometry_sentences
from .lattice_centre import lattice_centre
from .radial_centre import FLAT_BELOW, RadialCentre, contrast, radial_centre, ring_variance
from .stated_geometry import StatedGeometry, stated_geometry
from .tilt_refinement import RefinedGeometry, refined_geometry

_HEADER_OFF = 0.02
_SIGMAS = 4.0
_TILT_SIGMAS = 3.0
_BETTER = 0.95


def find_geometry(
    image: DiffractionImage,
    *,
    distance_mm: float | None = None,
    pixel_size_mm: float | None = None,
    wavelength_angstrom: float | None = None,
    networks: str | Path | Literal[False] | None = None,
    progress: Progress = silent,
) -> FoundGeometry:
    """Find beam centre and tilt of a single image by all ways, and take the one that is most to be believed.

    The lattice of the spots where it agrees with what it was begun from; else the symmetry of the background; else the
    header. The network and the pairs of spots are told beside these, and taken where there is nothing else.

    Parameters
    ----------
    image : DiffractionImage
        The image.
    distance_mm, pixel_size_mm, wavelength_angstrom : float, optional
        In place of the header's.
    networks : path, False or None
        Folder of networks; the bundled ones by default, False for none.
    progress : Progress, optional
        Told how far it is.

    Returns
    -------
    FoundGeometry

    Raises
    ------
    InputError
        Parameters that cannot be, or a folder that holds no networks.
    """
    stated = stated_geometry(image, distance_mm, pixel_size_mm, wavelength_angstrom)
    width = float(max(image.shape))
    progress(0.05, "background")
    blocks = BackgroundBlocks.of(image)
    radial, stated = _best_radial(blocks, stated, image.shape)
    progress(0.4, "tilt")
    refined = refined_geometry(radial, radial.used) if radial.determined and stated.scale_known else None
    base, tilt_from = _tilted(stated, radial, refined)
    background = _background_answer(radial, refined, base, tilt_from)
    progress(0.5, "spots")
    spots = SpotFinder(fewest_pixels=2).find(
        image.counts, image.mask, base.panel, base.wavelength_angstrom, base.source_direction
    ).crystal  # fmt: skip
    answers: list[CentreAnswer] = []
    if stated.centre_stated:
        answers.append(
            CentreAnswer("header", _pair(stated.geometry.beam_centre_px), None, True, "; ".join(stated.sentences))
        )
    answers.append(background)
    progress(0.6, "pairs of spots")
    friedel = friedel_centre(spots.centroid_px, spots.intensity, base)
    progress(0.7, "lattice of the spots")
    network_tilt = None
    if networks is not False:
        from .networks.geometry_networks import GeometryNetworks, bundled_networks

        net = bundled_networks() if networks is None else GeometryNetworks(networks)
        said = net.answer(image.counts, image.mask)
        flat = radial.contrast < FLAT_BELOW
        network_tilt = (said.pitch_deg, said.yaw_deg)
        answers.append(
            CentreAnswer(
                "network",
                _pair(said.beam_centre_px),
                float(max(np.hypot(*said.spread_px), net.typical_error * width)),
                not flat,
                "the background is flat, on which networks trained on backgrounds fail" if flat else "",
            )
        )
    begin = _begin(background, stated, _significant(friedel), width)
    if begin is not None and stated.scale_known:
        lattice = _lattice_answer(spots.centroid_px, spots.intensity, base, *begin, width)
        if lattice is not None:
            answers.append(lattice)
    if friedel is not None:
        ok = friedel.significance > SIGNIFICANT
        answers.append(
            CentreAnswer(
                "friedel",
                _pair(friedel.beam_centre_px),
                friedel.uncertainty_px,
                ok,
                "" if ok else "its votes do not stand out of those of chance",
            )
        )
    taken = _taken(answers)
    centre = np.array(taken.beam_centre_px) if taken is not None else np.array(stated.geometry.beam_centre_px)
    geometry = base.with_centre(centre)
    found = FoundGeometry(
        geometry,
        "none" if taken is None else taken.name,
        None if taken is None else taken.sigma_px,
        tuple(answers),
        stated,
        tilt_from,
        refined.tilt_sigma_deg if refined is not None else None,
        network_tilt,
        radial.contrast,
        refined.water_ring_q if refined is not None else None,
        len(spots),
        (),
        image.provenance.then("find geometry", image=image.number),
    )
    progress(1.0, "done")
    return replace(found, sentences=geometry_sentences(found, image))


def _significant(friedel: FriedelCentre | None) -> NDArray[np.float64] | None:
    """The centre by pairs of spots, where its votes stand out of chance."""
    if friedel is None or friedel.significance <= SIGNIFICANT:
        return None
    return np.array(friedel.beam_centre_px)


def _best_radial(
    blocks: BackgroundBlocks, stated: StatedGeometry, shape: tuple[int, int]
) -> tuple[RadialCentre, StatedGeometry]:
    """The centre by the background; of a two-theta about an axis that is not stated, by the best of four."""
    if stated.tilt_stated and not stated.tilt_axis_known and contrast(blocks) > FLAT_BELOW:
        ways = (stated, *stated.other_tilts())
        variances = [_variance_near(blocks, way.geometry, shape) for way in ways]
        best = int(np.argmin(variances))
        if variances[best] < _BETTER * variances[0]:
            stated = ways[best]
    return radial_centre(blocks, stated.geometry, shape), stated


def _variance_near(blocks: BackgroundBlocks, geometry: DetectorGeometry, shape: tuple[int, int]) -> float:
    """Least variance within rings near the centre that goes with a tilt."""
    step = _HEADER_OFF * max(shape)
    centre = np.array(geometry.beam_centre_px)
    places = [centre + step * np.array([x, y]) for x in (-1, 0, 1) for y in (-1, 0, 1)]
    return min(ring_variance(blocks, geometry.with_centre(place)) for place in places)


def _tilted(
    stated: StatedGeometry, radial: RadialCentre, refined: RefinedGeometry | None
) -> tuple[DetectorGeometry, Literal["header", "background", "assumed"]]:
    """The geometry whose tilt is taken: the background's where it tells another than the header by some sigmas."""
    held: Literal["header", "assumed"] = "header" if stated.tilt_stated else "assumed"
    if refined is None or not refined.tilt_told:
        return radial.geometry, held
    change = np.array(
        [refined.geometry.pitch_deg - radial.geometry.pitch_deg, refined.geometry.yaw_deg - radial.geometry.yaw_deg]
    )
    if (np.abs(change) > _TILT_SIGMAS * np.array(refined.tilt_sigma_deg)).any() or not stated.tilt_stated:
        return refined.geometry, "background"
    return radial.geometry, held


def _background_answer(
    radial: RadialCentre, refined: RefinedGeometry | None, base: DetectorGeometry, tilt_from: str
) -> CentreAnswer:
    if tilt_from == "background" and refined is not None:
        sigma = float(np.hypot(*refined.beam_centre_sigma_px))
        return CentreAnswer("background", _pair(base.beam_centre_px), sigma, True, "centre and tilt refined together")
    if radial.contrast < FLAT_BELOW:
        remark = "the background is flat and does not tell the beam centre"
    elif not radial.determined:
        remark = "the background does not tell the beam centre well"
    else:
        remark = ""
    return CentreAnswer(
        "background",
        _pair(radial.beam_centre_px),
        float(np.hypot(*radial.uncertainty_px)),
        radial.determined,
        remark,
    )


def _begin(
    background: CentreAnswer, stated: StatedGeometry, friedel: NDArray[np.float64] | None, width: float
) -> tuple[NDArray[np.float64], float, bool] | None:
    """Where the origin of the lattice is looked for, how far about it (pixels), and whether the image says so."""
    header, header_sigma = np.array(stated.geometry.beam_centre_px), 0.5 * _HEADER_OFF * width
    if background.usable and background.sigma_px is not None:
        centre, sigma = np.array(background.beam_centre_px), max(background.sigma_px, 0.001 * width)
        apart = float(np.linalg.norm(centre - header))
        if stated.centre_stated and apart < 3 * np.hypot(sigma, header_sigma):
            # Both say something: their mean, weighted by how sure they are.
            weight = header_sigma**2 / (sigma**2 + header_sigma**2)
            centre = weight * centre + (1 - weight) * header
            sigma = float(sigma * np.sqrt(weight))
        return centre, max(_SIGMAS * sigma, 0.003 * width), True
    if stated.centre_stated:
        return header, header_sigma, False
    return None if friedel is None else (friedel, 0.5 * _HEADER_OFF * width, True)


def _lattice_answer(
    spots_px: NDArray[np.float64],
    intensity: NDArray[np.float64],
    base: DetectorGeometry,
    centre: NDArray[np.float64],
    within: float,
    by_image: bool,
    width: float,
) -> CentreAnswer | None:
    found = lattice_centre(spots_px, intensity, base.with_centre(centre), within)
    if found is None:
        return None
    off = float(np.linalg.norm(np.array(found.beam_centre_px) - centre))
    sigma = found.uncertainty_px
    remark = f"{found.spots} spots, {found.vectors} vectors of the lattice, agreement {found.score:.2f}"
    if np.isfinite(found.repeat_px):
        remark += f"; the lattice repeats itself {found.repeat_px:.1f} pixels away"
        if not by_image:
            remark += ", and the origin next to the header's centre is taken"
            # The header alone chooses between the origins, and may be off by as much.
            if found.repeat_px / 2 < 0.5 * _HEADER_OFF * width:
                sigma = max(sigma, found.repeat_px / 2)
    usable = sigma < 0.5 * _HEADER_OFF * width and off < 1.5 * within
    if not usable:
        remark += "; too uncertain to be used"
    return CentreAnswer("lattice", _pair(found.beam_centre_px), sigma, usable, remark)


def _taken(answers: list[CentreAnswer]) -> CentreAnswer | None:
    by_name = {one.name: one for one in answers if one.usable}
    lattice, background, header = by_name.get("lattice"), by_name.get("background"), by_name.get("header")
    if lattice is not None and lattice.sigma_px is not None:
        if background is None or background.sigma_px is None:
            return lattice
        # Of two that agree the surer one.
        apart = float(np.linalg.norm(np.subtract(lattice.beam_centre_px, background.beam_centre_px)))
        agree = apart < _SIGMAS * np.hypot(lattice.sigma_px, background.sigma_px)
        if lattice.sigma_px < background.sigma_px and (agree or background.sigma_px > 5):
            return lattice
    if background is not None and header is not None and background.sigma_px is not None:
        off = float(np.linalg.norm(np.subtract(background.beam_centre_px, header.beam_centre_px)))
        # A header that a vague background bears out says more than that background.
        if off < 2 * background.sigma_px and background.sigma_px > 5:
            return header
    return background or by_name.get("network") or by_name.get("friedel") or header


def _pair(values: Any) -> tuple[float, float]:
    return float(values[0]), float(values[1])
