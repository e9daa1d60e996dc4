"""One colour for each material, on screen and in the report.

From the palette of Okabe and Ito (2008), which readers with any common colour blindness can tell apart; air is
transparent, so that the voxel values below stay visible.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from .labels import Material

CLASS_COLOURS: Mapping[Material, tuple[float, float, float, float]] = MappingProxyType(
    {
        Material.AIR: (0.0, 0.0, 0.0, 0.0),
        Material.LIQUOR: (86 / 255, 180 / 255, 233 / 255, 1.0),
        Material.LOOP: (230 / 255, 159 / 255, 0.0, 1.0),
        Material.CRYSTAL: (0.0, 158 / 255, 115 / 255, 1.0),
        Material.OTHER: (204 / 255, 121 / 255, 167 / 255, 1.0),
    }
)
"""RGBA, each 0 to 1, of each :class:`~napari_crystalseg.labels.Material`."""

UNKNOWN_COLOUR = (1.0, 0.0, 0.0, 1.0)
"""RGBA of a code that is no class: as loud as nothing else on screen."""
