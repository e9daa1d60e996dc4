"""Case: a simulated scan with its reconstruction and the truth about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..labels import Labels
from ..progress import Progress, silent
from ..scan import Scan
from ..volume import Volume

SUPERSAMPLING = 2
"""Voxels along each edge of a detector pixel that a sample is scanned in."""


@dataclass(frozen=True, eq=False)
class Case:
    """One simulated case.

    Parameters
    ----------
    scan : Scan
        Raw scan.
    volume : Volume
        Its reconstruction.
    labels : Labels
        Truth on the volume's grid.
    description : dict
        Every draw that shaped it, JSON values.
    """

    scan: Scan
    volume: Volume
    labels: Labels
    description: dict[str, Any]


def reconstruct_plain(scan: Scan, progress: Progress = silent) -> Volume:
    """Reconstruct a simulated scan about its true axis.

    The method is named, so that a seed keeps its bytes whatever method is best on this machine.
    """
    from ..tomography import PLAIN, Recipe, reconstruct

    return reconstruct(
        scan,
        Recipe(scan.rotation_centre_px, preprocessing=PLAIN, method="fbp", extrapolation="hold"),
        progress=progress,
    )
