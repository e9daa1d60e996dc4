"""Methods of reconstruction: what they have in common, and which there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from .geometry import Geometry

Slices = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Turns line integrals (angle, row, column) into slices (row, W, W), 1/µm."""


class Method(Protocol):
    """A way from line integrals to slices."""

    @property
    def name(self) -> str:
        """One of :data:`METHODS`."""

    def record(self) -> dict[str, Any]:
        """Return what tells the method and the version of its library in a provenance, JSON values."""

    def rows_together(self, geometry: Geometry) -> int:
        """Rows that go through together; slabs should be multiples of it."""

    def bytes_needed(self, geometry: Geometry) -> int:
        """Estimate of the memory it takes beside line integrals and slices."""

    def prepare(self, geometry: Geometry) -> Slices:
        """Make the tables of a geometry, used for all its slabs."""


METHODS = ("auto", "fourier", "fbp", "gpu", "astra-fbp", "astra-sirt", "tomopy")
"""``fourier`` and ``fbp`` (filtered back-projection) are ours and always there."""


def method_named(name: str = "auto") -> Method:
    """Return a method of reconstruction.

    Parameters
    ----------
    name : {"auto", "fourier", "fbp", "gpu", "astra-fbp", "astra-sirt", "tomopy"}
        ``"auto"`` takes the GPU where CuPy and cuFINUFFT can use one, else ``"fourier"``.

    Raises
    ------
    InputError
        Unknown, or its library is not installed or cannot be used here.
    """
    if name not in METHODS:
        raise InputError(f"There is no method {name!r}; choose one of {', '.join(METHODS)}.")
    if name in ("auto", "gpu"):
        from .gpu_fourier import GpuFourier, reason_against

        reason = reason_against()
        if reason is None:
            return GpuFourier()
        if name == "gpu":
            raise InputError(f"The method gpu cannot be used: {reason}; leave the method out.")
    if name in ("auto", "fourier"):
        from .fourier import Fourier

        return Fourier()
    if name == "fbp":
        from .back_projection import BackProjection

        return BackProjection()
    if name == "tomopy":
        from .tomopy_gridrec import TomopyGridrec

        return TomopyGridrec.checked()
    from .astra import AstraFbp, AstraSirt

    return AstraFbp.checked() if name == "astra-fbp" else AstraSirt.checked()
