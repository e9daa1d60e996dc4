"""ParameterCheck: does the header agree with the image, in photon energy and distance?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ....experiment import Panel
from ....wavelength import KEV_ANGSTROM
from ..networks.hit_networks import HitNetworks, NetworkParameters
from ..spots.examined_image import ExaminedImage
from .ring_check import RingCheck, check_ring

SIZE_MM = (150.0, 166.0)
"""Sides of detectors, mm, that the bundled networks know: they tell distance by how much of the pattern is seen."""

FAR = 0.25
"""A header farther than this part from the classes of the networks is none of theirs."""


@dataclass(frozen=True)
class ParameterCheck:
    """What an image says of its header.

    Parameters
    ----------
    ring : RingCheck
        By the ring of water: physics, and asked first.
    network : NetworkParameters or None
        By networks; None where the header is of another kind than they were trained on.
    """

    ring: RingCheck
    network: NetworkParameters | None = None

    @property
    def verdict(self) -> str:
        """``agrees``, ``disagrees`` or ``cannot tell``: the ring's, as networks are no proof against a header."""
        return self.ring.verdict

    @property
    def sentence(self) -> str:
        """The answer for the user."""
        if self.network is None:
            return self.ring.sentence
        guess = self.network
        return (
            f"{self.ring.sentence} Networks, trained on simulated images of a compact source alone, guess "
            f"{guess.energy_kev:.1f} keV and {guess.distance_mm:.0f} mm."
        )


def check_parameters(
    examined: ExaminedImage,
    image: ArrayLike,
    mask: ArrayLike | None,
    panel: Panel,
    wavelength_a: float,
    source_direction: ArrayLike = (0.0, 0.0, 1.0),
    networks: HitNetworks | None = None,
) -> ParameterCheck:
    """Hold the energy and the distance of a header against the image.

    Parameters
    ----------
    examined : ExaminedImage
        The image after the spot finder.
    image, mask : array_like, shape (slow, fast)
        The image itself.
    panel : Panel
        The detector as the header has it.
    wavelength_a : float
        The header's wavelength, Å.
    source_direction : array_like, shape (3,)
        From the sample to the source, DIALS axes.
    networks : HitNetworks, optional
        Asked, too, where the detector and the header are near what they were trained on.

    Returns
    -------
    ParameterCheck
    """
    ring = check_ring(examined, panel, wavelength_a, source_direction)
    guess = None
    if networks is not None and _known(networks, panel, wavelength_a, examined.values.shape):
        guess = networks.parameters(image, mask)
    return ParameterCheck(ring, guess)


def _known(networks: HitNetworks, panel: Panel, wavelength_a: float, shape: tuple[int, ...]) -> bool:
    sides = sorted(np.array(shape[::-1]) * panel.pixel_size_mm)
    distance = abs(float(panel.origin_mm @ np.cross(panel.fast, panel.slow)))
    near = [
        min(known) * (1 - FAR) < value < max(known) * (1 + FAR)
        for known, value in (
            (networks.card["energies_kev"], KEV_ANGSTROM / wavelength_a),
            (networks.card["distances_mm"], distance),
        )
    ]
    return all(near) and bool(SIZE_MM[0] < sides[0] and sides[1] < SIZE_MM[1])
