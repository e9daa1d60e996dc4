"""Variant request: which scans of variants of corrected labels to simulate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...errors import InputError
from ...labels import Labels, Material
from .scan_request import ScanRequest

FIELD_UM = (10.0, 20_000.0)
"""Samples between these lie within what energies of 2.5 to 18 keV can show, µm."""


@dataclass(frozen=True)
class VariantRequest(ScanRequest):
    """Which variants of labels to simulate; one depends on nothing but this, the labels and its number.

    Parameters
    ----------
    seed, angles
        As of :class:`.scan_request.ScanRequest`.
    size : int, optional
        Detector columns over the longer of the labels' sides across the rotation axis, 32 or more; by default one for
        each of their finest voxels. A turned sample may need more.
    varied : bool
        Cases to train on: the acquisition is drawn from the wide ranges, which hold poorer scans, unless others are
        given, and other volumes of the same labels lie beside the plain one.
    priors : Priors, optional
        Draw the acquisition from the conditions of these, and the materials from their recipes; with four liquors from
        those of :class:`~..material_priors.MaterialPriors`. What else they hold is given by the labels.
    """

    def pixel_size_um(self, labels: Labels) -> float:
        """Pixel size of the detector at the sample, µm.

        Raises
        ------
        InputError
            Labels without crystal, or of an unlikely extent.
        """
        if not (labels.data == Material.CRYSTAL).any():
            raise InputError("These labels have no crystal (class 3); variants are made of labels that have one.")
        field_um = max(n * s for n, s in zip(labels.shape[1:], labels.required_voxel_size_um[1:], strict=True))
        if not FIELD_UM[0] <= field_um <= FIELD_UM[1]:
            raise InputError(
                f"These labels span {field_um:g} µm, and {FIELD_UM[0]:g} to {FIELD_UM[1]:g} µm is what X-rays of a "
                "tomography beamline show; check the voxel size."
            )
        return min(labels.required_voxel_size_um) if self.size is None else field_um / self.size

    def _own_priors(self) -> dict[str, Any]:
        """The priors, less what the labels give."""
        return {
            name: {part: value for part, value in record.items() if part not in ("sample", "crystals")}
            for name, record in super()._own_priors().items()
        }
