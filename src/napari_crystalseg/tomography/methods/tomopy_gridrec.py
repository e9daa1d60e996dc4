"""Reconstruction by TomoPy's gridrec, where TomoPy is importable."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from .method import Slices
from .ray_geometry import Geometry

_FILTERS = {"ram-lak": "ramlak", "shepp-logan": "shepp", "cosine": "cosine", "hann": "hann"}


def _tomopy() -> ModuleType:
    try:
        return importlib.import_module("tomopy")
    except ImportError as error:
        raise InputError(
            "TomoPy is not installed; it comes from conda-forge (conda install -c conda-forge tomopy). Or leave the "
            "method out."
        ) from error


@dataclass(frozen=True)
class TomopyGridrec:
    """TomoPy's gridrec (Dowd et al., Proc. SPIE 3772 (1999) 166); takes all angles to stand for the same part."""

    name: str = "tomopy"

    @classmethod
    def checked(cls) -> TomopyGridrec:
        """Return the method, or say that TomoPy is not installed."""
        _tomopy()
        return cls()

    def record(self) -> dict[str, Any]:
        """Return what tells this method in a provenance."""
        return {"method": self.name, "method_version": f"tomopy {_tomopy().__version__}", "algorithm": "gridrec"}

    def rows_together(self, geometry: Geometry) -> int:
        """Gridrec takes two slices at a time."""
        return 2

    def bytes_needed(self, geometry: Geometry) -> int:
        """Memory of padded projections and slices."""
        return 64 * geometry.columns * (geometry.angles + 4 * geometry.columns)

    def prepare(self, geometry: Geometry) -> Slices:
        """Find out how TomoPy's slices lie, with a bead, and return what turns line integrals into ours."""
        lie = _orientation()

        def slices(line_integrals: NDArray[np.float32]) -> NDArray[np.float32]:
            found = _gridrec(line_integrals, geometry.angles_deg, geometry.centre_px, geometry.filter_name)
            return np.ascontiguousarray(_turned(found, lie)) / np.float32(geometry.pixel_length)

        return slices


def _gridrec(
    line_integrals: NDArray[np.float32], angles_deg: NDArray[np.float64], centre_px: float, filter_name: str
) -> NDArray[np.float32]:
    slices: NDArray[np.float32] = _tomopy().recon(
        np.ascontiguousarray(line_integrals, dtype=np.float32),
        np.deg2rad(angles_deg),
        center=centre_px,
        algorithm="gridrec",
        filter_name=_FILTERS[filter_name],
    )
    return slices


def _orientation() -> tuple[bool, bool, bool]:
    """Which of transposition and flips along y and x bring a bead of known place where it belongs."""
    width, y, x = 64, -12.0, 20.0
    angles = np.arange(0, 180, 2.0)
    phi = np.deg2rad(angles)[:, np.newaxis]
    away = np.arange(width) - (width - 1) / 2 - (x * np.cos(phi) - y * np.sin(phi))
    bead = (2 * np.sqrt(np.clip(16 - away**2, 0, None))).astype(np.float32)
    found = _gridrec(np.repeat(bead[:, np.newaxis], 2, axis=1), angles, (width - 1) / 2, "ram-lak")[:1]
    at_y, at_x = round((width - 1) / 2 + y), round((width - 1) / 2 + x)
    choices = [(bool(n & 1), bool(n & 2), bool(n & 4)) for n in range(8)]
    levels = [float(_turned(found, lie)[0, at_y - 1 : at_y + 2, at_x - 1 : at_x + 2].mean()) for lie in choices]
    best = int(np.argmax(levels))
    if not 0.8 < levels[best] < 1.2:
        raise InputError("This TomoPy does not reconstruct a known bead; leave the method out.")
    return choices[best]


def _turned(slices: NDArray[np.float32], lie: tuple[bool, bool, bool]) -> NDArray[np.float32]:
    transposed, flip_y, flip_x = lie
    slices = slices.transpose(0, 2, 1) if transposed else slices
    slices = slices[:, ::-1] if flip_y else slices
    return slices[:, :, ::-1] if flip_x else slices
