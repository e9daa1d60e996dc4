"""Packed labels: small enough to be sent to a worker with each case."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from ...labels import Labels
from ...provenance import Provenance


@dataclass(frozen=True)
class PackedLabels:
    """Labels without the room that large areas of one class take.

    Parameters
    ----------
    packed : bytes
        Classes in C order, deflated.
    shape : (int, int, int)
        Voxels along (z, y, x).
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.
    provenance : Provenance
        How the labels were made.
    """

    packed: bytes
    shape: tuple[int, int, int]
    voxel_size_um: tuple[float, float, float]
    provenance: Provenance

    @classmethod
    def of(cls, labels: Labels) -> PackedLabels:
        """Pack labels."""
        packed = zlib.compress(labels.data.tobytes(), level=1)
        return cls(packed, labels.shape, labels.required_voxel_size_um, labels.provenance)

    def labels(self) -> Labels:
        """Return the labels."""
        data = np.frombuffer(zlib.decompress(self.packed), np.uint8).reshape(self.shape)
        return Labels(data, self.voxel_size_um, self.provenance)
