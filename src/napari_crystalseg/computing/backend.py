"""Which library holds the arrays: NumPy, or CuPy on a GPU."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np

from ..errors import InputError

BACKENDS = ("numpy", "cupy", "auto")

# An array of NumPy or of CuPy, which has no types where it is not installed.
Array: TypeAlias = Any


def array_module(name: str = "numpy") -> ModuleType:
    """Return the library to compute with.

    Parameters
    ----------
    name : {"numpy", "cupy", "auto"}
        ``"auto"`` takes CuPy where it is installed and sees a GPU, else NumPy.

    Returns
    -------
    module
        ``numpy`` or ``cupy``.

    Raises
    ------
    InputError
        An unknown name, or ``"cupy"`` where CuPy is not installed or sees no GPU.
    """
    if name not in BACKENDS:
        raise InputError(f"The backend must be one of {', '.join(BACKENDS)}, not {name!r}.")
    if name == "numpy":
        return np
    try:
        cupy = importlib.import_module("cupy")
        if cupy.cuda.runtime.getDeviceCount() > 0:
            return cupy
        reason = "sees no GPU"
    except ImportError:
        reason = "is not installed"
    except Exception as error:  # CuPy's own errors cannot be named without CuPy
        reason = f"cannot use the GPU ({error})"
    if name == "auto":
        return np
    raise InputError(f"CuPy {reason}; choose the backend numpy, or install the CuPy that fits the driver.")


def array_module_of(array: Array) -> ModuleType:
    """Return the library that an array belongs to."""
    library = type(array).__module__.partition(".")[0]
    return np if library == "numpy" else importlib.import_module(library)


def to_numpy(array: Array) -> np.ndarray:
    """Return an array in the memory of the host."""
    return array if isinstance(array, np.ndarray) else array.get()


def fft(array: Array, axis: int, inverse: bool = False) -> Array:
    """Fourier transform along one axis, of the precision of the array, which may be overwritten."""
    if isinstance(array, np.ndarray):
        from scipy import fft as scipy_fft

        transform = scipy_fft.ifft if inverse else scipy_fft.fft
        return transform(array, axis=axis, overwrite_x=True, workers=1)
    gpu_fft = importlib.import_module(f"{array_module_of(array).__name__}x.scipy.fft")
    return (gpu_fft.ifft if inverse else gpu_fft.fft)(array, axis=axis, overwrite_x=True)
