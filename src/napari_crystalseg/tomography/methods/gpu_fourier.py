"""Direct Fourier reconstruction on a GPU, with CuPy and cuFINUFFT."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...computing.backend import array_module
from ...errors import InputError
from .fourier_line import line_factors, padded_length, paired
from .ray_geometry import Geometry

_TOLERANCE = 1e-4
_PAIRS = 4


def reason_against() -> str | None:
    """Why the GPU cannot be used, None where it can."""
    try:
        array_module("cupy")
        importlib.import_module("cufinufft")
    except InputError as error:
        return str(error).partition(";")[0]
    except ImportError:
        return "cufinufft is not installed (pip install 'napari-crystalseg[gpu]')"
    except Exception as error:  # a library that does not suit the driver fails with errors of its own
        return f"cufinufft does not work ({error})"
    return None


@dataclass(frozen=True)
class GpuFourier:
    """Fourier slices by a type-1 non-uniform transform (Barnett et al., SIAM J. Sci. Comput. 41 (2019) C479).

    The mathematics are those of :class:`~.fourier.Fourier`.
    """

    name: str = "gpu"

    def record(self) -> dict[str, Any]:
        """Return what tells this method in a provenance."""
        cupy, cufinufft = importlib.import_module("cupy"), importlib.import_module("cufinufft")
        return {"method": self.name, "method_version": f"cufinufft {cufinufft.__version__}, cupy {cupy.__version__}"}

    def rows_together(self, geometry: Geometry) -> int:
        """Rows of one batch of transforms."""
        return 2 * _PAIRS

    def bytes_needed(self, geometry: Geometry) -> int:
        """Memory of the host; the GPU holds some ten times one batch of projections and slices."""
        return 8 * _PAIRS * 2 * geometry.angles * padded_length(geometry)

    def prepare(self, geometry: Geometry) -> NonUniformSlices:
        """Return what turns line integrals into slices."""
        return NonUniformSlices(geometry, array_module("cupy"), importlib.import_module("cufinufft").Plan)


class NonUniformSlices:
    """Tables of one geometry on the device, and the transform of slices with them.

    Parameters
    ----------
    geometry : Geometry
        Angles, centre, pixel size and filter.
    arrays : module
        NumPy or CuPy.
    plan : type
        ``Plan`` of finufft or cufinufft.
    """

    def __init__(self, geometry: Geometry, arrays: ModuleType, plan: Any) -> None:
        self.geometry, self.arrays = geometry, arrays
        self.length = padded_length(geometry)
        self.factors = arrays.asarray(line_factors(geometry, self.length))
        radians = np.deg2rad(geometry.angles_deg)[:, np.newaxis]
        frequency = 2 * np.pi * np.fft.fftfreq(self.length)
        self._points = [
            arrays.asarray((part * frequency).ravel().astype(np.float32))
            for part in (-np.sin(radians), np.cos(radians))
        ]
        size = (geometry.columns, geometry.columns)
        self._plan = plan(1, size, _PAIRS, _TOLERANCE, 1, dtype="complex64")
        self._plan.setpts(*self._points)

    def __call__(self, line_integrals: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return slices (row, W, W) of line integrals (angle, row, column)."""
        rows, width = line_integrals.shape[1], self.geometry.columns
        result = np.empty((rows, width, width), dtype=np.float32)
        for first in range(0, rows, 2 * _PAIRS):
            out = result[first : first + 2 * _PAIRS]
            pairs = paired(line_integrals[:, first : first + len(out)], _PAIRS, self.geometry, self.length)
            spectra = self.arrays.fft.fft(self.arrays.asarray(pairs).transpose(1, 0, 2), axis=2)
            weighted = self.arrays.ascontiguousarray((spectra * self.factors).astype(np.complex64))
            image = self._plan.execute(weighted.reshape(_PAIRS, -1))
            image = image if isinstance(image, np.ndarray) else image.get()
            out[0::2] = image.real[: (len(out) + 1) // 2]
            out[1::2] = image.imag[: len(out) // 2]
        return result
