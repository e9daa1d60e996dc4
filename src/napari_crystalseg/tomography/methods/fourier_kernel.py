"""The inner loops of the direct Fourier method; imported only when something is reconstructed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...computing.compiled import kernel


@kernel(nogil=True, fastmath=True, error_model="numpy")
def spread_lines(
    spectra: NDArray[np.complex64],
    factors: NDArray[np.complex64],
    cosines: NDArray[np.float64],
    sines: NDArray[np.float64],
    kernel: NDArray[np.float32],
    grid: NDArray[np.float32],
) -> None:
    """Spread the spectra of projections, which lie on lines through the middle of the Fourier plane, onto a grid.

    Many slices go together as the last axis of the grid, so that a weight is found once and used for a whole vector
    of them. Each point adds one run of neighbouring cells in each of a few lines of the grid.

    Parameters
    ----------
    spectra : ndarray of complex64, shape (angle, pair, frequency)
        Fourier transforms of projections, two slices as real and imaginary part; frequencies as ``fftfreq`` has them.
    factors : ndarray of complex64, shape (angle, frequency)
        What each is multiplied by: filter, weight, and the phase that moves the axis to the middle.
    cosines, sines : ndarray of float64, shape (angle,)
        Of the rotation angles.
    kernel : ndarray of float32, shape (step, width)
        Weights of ``width`` neighbouring cells, for each of many positions of a point between two cells.
    grid : ndarray of float32, shape (y, x, 2 * pair)
        Changed in place. Frequency zero is at the middle; ``width`` cells on each side are a margin.
    """
    angles, pairs, length = spectra.shape
    size = grid.shape[0]
    steps, width = kernel.shape
    lanes = 2 * pairs
    cells = size - 2 * width
    origin = size // 2 - 0.5 * width + 1.0
    flat = grid.reshape(-1)
    line = np.empty(length * lanes, np.float32)
    run = width * lanes
    patch = np.empty(run, np.float32)
    highest = (length - 1) // 2
    # Unsigned indices spare the test for negative ones, without which the loops become vector instructions.
    for angle in range(angles):
        for pair in range(pairs):
            for m in range(length):
                value = spectra[angle, pair, m] * factors[angle, m]
                line[np.uint64(m * lanes + 2 * pair)] = value.real
                line[np.uint64(m * lanes + 2 * pair + 1)] = value.imag
        step_y = -sines[angle] * cells / length
        step_x = cosines[angle] * cells / length
        for m in range(-highest, highest + 1):
            y = origin + m * step_y
            x = origin + m * step_x
            first_y = int(y)
            first_x = int(x)
            weights_y = np.uint64((y - first_y) * steps)
            weights_x = np.uint64((x - first_x) * steps)
            source = np.uint64((m if m >= 0 else m + length) * lanes)
            corner = np.uint64((first_y * size + first_x) * lanes)
            for j in range(width):
                weight = kernel[weights_x, np.uint64(j)]
                at = np.uint64(j * lanes)
                for lane in range(lanes):
                    patch[at + np.uint64(lane)] = weight * line[source + np.uint64(lane)]
            for i in range(width):
                weight = kernel[weights_y, np.uint64(i)]
                start = corner + np.uint64(i * size * lanes)
                for cell in range(run):
                    flat[start + np.uint64(cell)] += weight * patch[np.uint64(cell)]
