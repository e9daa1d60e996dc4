"""Preprocessing: what is done to projections before they are reconstructed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ...errors import InputError
from ...scan import Scan
from .ring_removal import STRIPE_METHODS


@dataclass(frozen=True)
class Preprocessing:
    """Remedies for the artefacts of a scan; the defaults look for each artefact and act where they find it.

    Dead and hot pixels are replaced, and flats between which the beam has changed are interpolated, in any case.

    Parameters
    ----------
    rescale_air : bool
        Divide by the transmission of the air at the sides, where air is found there.
    correct_beam_drift : bool
        Divide out the bands of a beam that has moved since its flats, where the air shows them.
    remove_zingers : bool or None
        Replace single bright pixels of single projections; None does where there are some.
    remove_stripes : {"median", "sorting", "all", "none"}
        Take rings away, see :func:`~napari_crystalseg.tomography.remove_stripes`.
    level_axis : bool
        Turn the frames where the rotation axis is found to lean within the plane of the detector.
    check : bool
        Judge the frames, leave out those without light or of another kind, and hold the scan against its angles, see
        :mod:`~.frame_check` and :mod:`~.consistency`.
    delta_beta : float, optional
        Retrieve the phase for a material of this δ/β; needs energy, distance and pixel size in the scan.

    Raises
    ------
    InputError
        An unknown way to remove stripes, or a δ/β that is negative or not finite.
    """

    rescale_air: bool = True
    correct_beam_drift: bool = True
    remove_zingers: bool | None = None
    remove_stripes: str = "median"
    level_axis: bool = True
    check: bool = True
    delta_beta: float | None = None

    def __post_init__(self) -> None:
        if self.remove_stripes not in STRIPE_METHODS:
            raise InputError(f"Stripes are removed by one of {', '.join(STRIPE_METHODS)}, not {self.remove_stripes!r}.")
        if self.delta_beta is not None and not (np.isfinite(self.delta_beta) and self.delta_beta >= 0):
            raise InputError(f"delta/beta must not be negative, not {self.delta_beta}.")

    def check_scan(self, scan: Scan) -> None:
        """Refuse to retrieve the phase of a scan that does not say what that takes.

        Raises
        ------
        InputError
        """
        if self.delta_beta is None:
            return
        known = (
            ("photon energy (--energy-kev)", scan.energy_kev),
            ("distance (--distance-mm)", scan.distance_mm),
            ("pixel size (--voxel-size-um)", scan.pixel_size_um),
        )
        lacking = [name for name, value in known if value is None]
        if lacking:
            raise InputError(f"Phase retrieval needs what the scan does not say: {', '.join(lacking)}; give it.")

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as JSON-ready values."""
        return asdict(self)


PLAIN = Preprocessing(correct_beam_drift=False, remove_zingers=False, level_axis=False, check=False)
"""For scans that are known to have neither zingers, nor a beam that moved, nor a leaning axis, nor bad frames."""
