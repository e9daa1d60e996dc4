"""Method: a way from line integrals to slices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .ray_geometry import Geometry

Slices = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Turns line integrals (angle, row, column) into slices (row, W, W), 1/µm."""


class Method(Protocol):
    """A way from line integrals to slices."""

    @property
    def name(self) -> str:
        """One of :data:`~.methods.METHODS`."""

    def record(self) -> dict[str, Any]:
        """Return what tells the method and the version of its library in a provenance, JSON values."""

    def rows_together(self, geometry: Geometry) -> int:
        """Rows that go through together; slabs should be multiples of it."""

    def bytes_needed(self, geometry: Geometry) -> int:
        """Estimate of the memory it takes beside line integrals and slices."""

    def prepare(self, geometry: Geometry) -> Slices:
        """Make the tables of a geometry, used for all its slabs."""
