"""Which methods of reconstruction there are."""

from __future__ import annotations

from collections.abc import Callable

from ...errors import InputError
from .method import Method


def _fourier() -> Method:
    from .fourier import Fourier

    return Fourier()


def _back_projection() -> Method:
    from .back_projection import BackProjection

    return BackProjection()


def _gpu() -> Method:
    from .gpu_fourier import GpuFourier, reason_against

    reason = reason_against()
    if reason is not None:
        raise InputError(f"The method gpu cannot be used: {reason}; leave the method out.")
    return GpuFourier()


def _auto() -> Method:
    from .gpu_fourier import GpuFourier, reason_against

    return GpuFourier() if reason_against() is None else _fourier()


def _astra_fbp() -> Method:
    from .astra import AstraFbp

    return AstraFbp.checked()


def _astra_sirt() -> Method:
    from .astra import AstraSirt

    return AstraSirt.checked()


def _tomopy() -> Method:
    from .tomopy_gridrec import TomopyGridrec

    return TomopyGridrec.checked()


# Their libraries are imported when they are asked for.
_LOADERS: dict[str, Callable[[], Method]] = {
    "auto": _auto,
    "fourier": _fourier,
    "fbp": _back_projection,
    "gpu": _gpu,
    "astra-fbp": _astra_fbp,
    "astra-sirt": _astra_sirt,
    "tomopy": _tomopy,
}

METHODS = tuple(_LOADERS)
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
    if name not in _LOADERS:
        raise InputError(f"There is no method {name!r}; choose one of {', '.join(METHODS)}.")
    return _LOADERS[name]()
