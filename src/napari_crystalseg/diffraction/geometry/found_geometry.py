"""The geometry of a single image: all answers beside each other, the one that is taken, and how far they disagree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from ...provenance import Provenance
from .detector_geometry import DetectorGeometry
from .radial_centre import FLAT_BELOW
from .stated_geometry import StatedGeometry

Name = Literal["header", "background", "lattice", "friedel", "network"]


@dataclass(frozen=True)
class CentreAnswer:
    """What one way says of the beam centre.

    Parameters
    ----------
    name : {"header", "background", "lattice", "friedel", "network"}
        Which way.
    beam_centre_px : (float, float)
        Where the beam meets the plane of the detector, (fast, slow).
    sigma_px : float or None
        Standard deviation; None where nothing tells it, as of a header.
    usable : bool
        Whether it may be believed at all.
    remark : str
        What there is to say of it.
    """

    name: Name
    beam_centre_px: tuple[float, float]
    sigma_px: float | None
    usable: bool
    remark: str


@dataclass(frozen=True, eq=False)
class FoundGeometry:
    """The geometry of an image.

    Parameters
    ----------
    geometry : DetectorGeometry
        The one that is taken.
    taken : str
        Name of the answer whose centre it has; ``none`` where there is neither an answer nor a header.
    sigma_px : float or None
        Standard deviation of that centre.
    answers : tuple of CentreAnswer
        All of them.
    stated : StatedGeometry
        What the header states.
    tilt_from : {"header", "background", "assumed"}
        Where the tilt is from: the header, the rings of the background, or assumed to be none.
    tilt_sigma_deg : (float, float) or None
        Standard deviations of (pitch, yaw), where the background tells them.
    network_tilt_deg : (float, float) or None
        (Pitch, yaw) that the network says.
    background_contrast : float
        How much the background differs over the image, as the spread of its natural logarithm, a ratio; flat
        below 0.12.
    water_ring_q : float or None
        Where the ring of water has its top, 1/Å; it belongs at 2.0.
    spots : int
        Spots that were found.
    sentences : tuple of str
        What the user should know: disagreements first.
    provenance : Provenance
        Image and what was done.
    """

    geometry: DetectorGeometry
    taken: str
    sigma_px: float | None
    answers: tuple[CentreAnswer, ...]
    stated: StatedGeometry
    tilt_from: Literal["header", "background", "assumed"]
    tilt_sigma_deg: tuple[float, float] | None
    network_tilt_deg: tuple[float, float] | None
    background_contrast: float
    water_ring_q: float | None
    spots: int
    sentences: tuple[str, ...]
    provenance: Provenance

    @property
    def flat(self) -> bool:
        """Whether the background is flat, so that nothing that looks at it tells the centre."""
        return self.background_contrast < FLAT_BELOW

    @property
    def disagreement_px(self) -> float:
        """Largest distance between two answers that may be believed; 0 with fewer."""
        places = [np.array(one.beam_centre_px) for one in self.answers if one.usable]
        return max((float(np.linalg.norm(a - b)) for a in places for b in places), default=0.0)

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as JSON-ready values."""
        found, stated = self.geometry, self.stated.geometry
        return {
            "beam_centre_px": _rounded(found.beam_centre_px),
            "sigma_px": None if self.sigma_px is None else round(self.sigma_px, 3),
            "taken": self.taken,
            "about_beam": _convention(found.beam_centre_px, found.distance_mm, found),
            "about_sample": _convention(found.normal_foot_px, found.normal_distance_mm, found),
            "tilt_from": self.tilt_from,
            "tilt_sigma_deg": None if self.tilt_sigma_deg is None else _rounded(self.tilt_sigma_deg),
            "network_pitch_yaw_deg": None if self.network_tilt_deg is None else _rounded(self.network_tilt_deg),
            "header": {
                "centre_stated": self.stated.centre_stated,
                "tilt_stated": self.stated.tilt_stated,
                "beam_centre_px": _rounded(stated.beam_centre_px),
                "distance_mm": round(stated.distance_mm, 4) if self.stated.scale_known else None,
                "wavelength_angstrom": stated.wavelength_angstrom,
                "pixel_size_mm": _rounded(stated.pixel_size_mm, 6) if self.stated.scale_known else None,
            },
            "answers": {
                one.name: {
                    "beam_centre_px": _rounded(one.beam_centre_px),
                    "sigma_px": None if one.sigma_px is None else round(one.sigma_px, 3),
                    "usable": one.usable,
                    "remark": one.remark,
                }
                for one in self.answers
            },
            "disagreement_px": round(self.disagreement_px, 3),
            "background_contrast": round(self.background_contrast, 4),
            "background_is_flat": self.flat,
            "water_ring_q": None if self.water_ring_q is None else round(self.water_ring_q, 3),
            "spots": self.spots,
            "sentences": list(self.sentences),
            "provenance": self.provenance.to_dict(),
        }


def _rounded(values: Any, digits: int = 3) -> list[float]:
    return [round(float(value), digits) for value in values]


def _convention(centre: tuple[float, float], distance: float, geometry: DetectorGeometry) -> dict[str, Any]:
    return {
        "centre_px": _rounded(centre),
        "distance_mm": round(distance, 4),
        "pitch_deg": round(geometry.pitch_deg, 4),
        "yaw_deg": round(geometry.yaw_deg, 4),
    }
