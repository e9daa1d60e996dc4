"""Direct Fourier reconstruction on the CPU."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .fourier_line import line_factors, padded_length, paired
from .ray_geometry import Geometry

# Cells over which a point of the Fourier plane is spread, and cells of the plane for each pixel of a slice: together
# they leave an error of less than a thousandth.
_WIDTH = 4
_CELLS_A_PIXEL = 1.25
_KERNEL_STEPS = 4096
# Pairs of slices that go together as one vector: fewer for large slices, whose grids would take too much memory.
_PAIRS = 8
_LARGE_CELLS = 1600


@dataclass(frozen=True)
class Fourier:
    """Fourier slices, spread onto a grid: the fastest on a CPU.

    The spectrum of a projection is a line through the Fourier plane of the slice. Ramp-filtered lines are spread onto a
    Cartesian grid with a Kaiser-Bessel kernel (Jackson et al., IEEE Trans. Med. Imaging 10 (1991) 473; Beatty et al.,
    24 (2005) 799), whose transform is divided out after the inverse FFT. Two real slices go as real and imaginary part
    through one complex transform. Blocks of slices run on the threads that numba has; each block is the same bits on
    any number of them.
    """

    name: str = "fourier"

    def record(self) -> dict[str, Any]:
        """Return what tells this method in a provenance."""
        return {"method": self.name, "method_version": f"numba {version('numba')}, scipy {version('scipy')}"}

    def rows_together(self, geometry: Geometry) -> int:
        """Rows of a block for each thread; slabs should be multiples of it."""
        import numba

        return 2 * _pairs(geometry) * numba.get_num_threads()

    def bytes_needed(self, geometry: Geometry) -> int:
        """Memory beside line integrals and result: tables, and one block for each thread."""
        import numba

        length, cells, pairs = padded_length(geometry), _cells(geometry.columns), _pairs(geometry)
        block = 8 * pairs * (2 * geometry.angles * length + 2 * (cells + 2 * _WIDTH) ** 2 + geometry.columns**2)
        return 8 * geometry.angles * length + numba.get_num_threads() * block

    def prepare(self, geometry: Geometry) -> FourierSlices:
        """Return what turns line integrals (angle, row, column) into slices (row, W, W)."""
        return FourierSlices(geometry)


class FourierSlices:
    """Tables of one geometry, and the transform of slices with them.

    Parameters
    ----------
    geometry : Geometry
        Angles, centre, pixel size and filter.
    pairs : int, optional
        Pairs of slices that go together.
    """

    def __init__(self, geometry: Geometry, pairs: int | None = None) -> None:
        self.geometry = geometry
        self.pairs = _pairs(geometry) if pairs is None else pairs
        self.length = padded_length(geometry)
        self.factors = line_factors(geometry, self.length)
        self.to_image = GridToImage(geometry)

    def __call__(self, line_integrals: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return slices (row, W, W) of line integrals (angle, row, column)."""
        from concurrent.futures import ThreadPoolExecutor

        import numba

        rows, width = line_integrals.shape[1], self.geometry.columns
        result = np.empty((rows, width, width), dtype=np.float32)
        starts = range(0, rows, 2 * self.pairs)

        def one(first: int) -> None:
            last = min(first + 2 * self.pairs, rows)
            self._block(line_integrals[:, first:last], result[first:last])

        threads = min(numba.get_num_threads(), len(starts))
        if threads == 1:
            for first in starts:
                one(first)
        else:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(one, starts))
        return result

    def _block(self, line_integrals: NDArray[np.floating], out: NDArray[np.float32]) -> None:
        from scipy.fft import fft

        spectra = paired(line_integrals, self.pairs, self.geometry, self.length)
        self.to_image(fft(spectra, axis=2, overwrite_x=True, workers=1), self.factors, out)


class GridToImage:
    """Spreading of spectra onto a grid, and the grid's transform back into slices.

    Parameters
    ----------
    geometry : Geometry
        Only its angles and columns matter.
    """

    def __init__(self, geometry: Geometry) -> None:
        radians = np.deg2rad(geometry.angles_deg)
        self.cosines, self.sines = np.cos(radians), np.sin(radians)
        self.columns = geometry.columns
        self.cells = _cells(geometry.columns)
        self.kernel, beta = _kaiser_bessel(self.cells / geometry.columns)
        away = np.arange(self.columns) - self.columns // 2
        # The alternating sign stands for frequency zero in the middle of the grid instead of at its corner.
        self.correction = ((1 - 2 * (away % 2)) / _transform(away / self.cells, beta)).astype(np.float32)

    def __call__(
        self, spectra: NDArray[np.complex64], factors: NDArray[np.complex64], out: NDArray[np.float32]
    ) -> None:
        """Fill ``out`` (row, W, W) with the slices of ``spectra`` (angle, pair, frequency) times ``factors``."""
        from scipy.fft import ifft

        from .fourier_kernel import spread_lines

        rows, width, margin, half = len(out), self.columns, _WIDTH, self.columns // 2
        size = self.cells + 2 * margin
        grid = np.zeros((size, size, 2 * spectra.shape[1]), dtype=np.float32)
        spread_lines(spectra, factors, self.cosines, self.sines, self.kernel, grid)
        # The plane is periodic: what was spread into the margin belongs to the other side.
        grid[margin : 2 * margin] += grid[-margin:]
        grid[-2 * margin : -margin] += grid[:margin]
        grid[:, margin : 2 * margin] += grid[:, -margin:]
        grid[:, -2 * margin : -margin] += grid[:, :margin]
        plane = ifft(grid.view(np.complex64)[margin:-margin, margin:-margin], axis=0, norm="forward", workers=1)
        # Negative voxel indices stand last. What is beyond the slice needs no second transform.
        plane = np.concatenate((plane[self.cells - half :], plane[: width - half]))
        plane = ifft(plane, axis=1, norm="forward", overwrite_x=True, workers=1)
        for source, target in (
            (slice(self.cells - half, None), slice(0, half)),
            (slice(0, width - half), slice(half, width)),
        ):
            part = plane[:, source] * (self.correction[:, np.newaxis] * self.correction[target])[:, :, np.newaxis]
            out[0::2, :, target] = part.real.transpose(2, 0, 1)[: (rows + 1) // 2]
            out[1::2, :, target] = part.imag.transpose(2, 0, 1)[: rows // 2]


def _pairs(geometry: Geometry) -> int:
    return _PAIRS if _cells(geometry.columns) <= _LARGE_CELLS else _PAIRS // 2


def _cells(columns: int) -> int:
    from scipy.fft import next_fast_len

    # Even, so that frequency zero has a cell of its own in the middle.
    return 2 * int(next_fast_len(max(int(np.ceil(columns * _CELLS_A_PIXEL / 2)), 2 * _WIDTH)))


def _kaiser_bessel(cells_a_pixel: float) -> tuple[NDArray[np.float32], float]:
    """Weights (step, width) of the cells around a point, and the shape parameter after Beatty et al."""
    beta = np.pi * np.sqrt((_WIDTH * (1 - 0.5 / cells_a_pixel)) ** 2 - 0.8)
    between = (np.arange(_KERNEL_STEPS) + 0.5) / _KERNEL_STEPS
    away = np.arange(_WIDTH) - (between[:, np.newaxis] + _WIDTH / 2 - 1)
    inside = np.sqrt(np.clip(1 - (2 * away / _WIDTH) ** 2, 0, None))
    return (np.i0(beta * inside) / np.i0(beta)).astype(np.float32), float(beta)


def _transform(position: NDArray[np.float64], beta: float) -> NDArray[np.float64]:
    """Fourier transform of the kernel, at voxels in parts of the grid's period."""
    argument = np.sqrt((beta**2 - (np.pi * _WIDTH * position) ** 2).astype(np.complex128))
    return (_WIDTH * np.sinh(argument) / argument / np.i0(beta)).real
