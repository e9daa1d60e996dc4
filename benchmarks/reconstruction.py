"""Filtered back-projection: time a slice and error, beside scikit-image in the same run.

python benchmarks/reconstruction.py [--columns 256] [--angles 450] [--rows 16]
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from skimage.transform import iradon

from napari_crystalseg.tomography import back_project


def cylinder(columns: int, angles: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Return the line integrals of an off-centre uniform cylinder, its truth, and its coefficient, 1/px."""
    mu, radius, centre = 0.01, 0.3 * columns, (0.08 * columns, -0.05 * columns)
    phi = np.deg2rad(np.arange(angles) * 180 / angles)
    u = np.arange(columns) - (columns - 1) / 2
    shift = centre[1] * np.cos(phi) - centre[0] * np.sin(phi)
    chord = 2 * np.sqrt(np.clip(radius**2 - (u[None] - shift[:, None]) ** 2, 0, None))
    y, x = np.mgrid[:columns, :columns] - (columns - 1) / 2
    truth = mu * ((y - centre[0]) ** 2 + (x - centre[1]) ** 2 <= radius**2)
    return (mu * chord).astype(np.float32), truth, mu


def inner_error(slice_: np.ndarray, truth: np.ndarray, mu: float) -> float:
    """Mean error well inside the cylinder, relative to its coefficient."""
    from scipy.ndimage import binary_erosion

    inside = binary_erosion(truth > 0, iterations=5)
    return float(np.abs(slice_[inside].mean() / mu - 1))


def main() -> None:
    """Print one line a method."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--columns", type=int, default=256)
    parser.add_argument("--angles", type=int, default=450)
    parser.add_argument("--rows", type=int, default=16)
    options = parser.parse_args()
    sinogram, truth, mu = cylinder(options.columns, options.angles)
    degrees = np.arange(options.angles) * 180 / options.angles
    stack = np.repeat(sinogram[:, None], options.rows, axis=1)
    back_project(stack[:, :1], degrees, (options.columns - 1) / 2)  # compiles

    start = time.perf_counter()
    ours = back_project(stack, degrees, (options.columns - 1) / 2)
    ours_ms = (time.perf_counter() - start) / options.rows * 1e3
    start = time.perf_counter()
    peer = iradon(sinogram.T, theta=degrees, circle=True, filter_name="ramp")
    peer_ms = (time.perf_counter() - start) * 1e3
    print(f"{options.angles} angles, {options.columns} columns, {options.rows} slices")
    print(f"ours          {ours_ms:8.1f} ms a slice   error {inner_error(ours[0], truth, mu):.2%}")
    print(f"scikit-image  {peer_ms:8.1f} ms a slice   error {inner_error(peer, truth, mu):.2%}")
    print(f"ratio         {peer_ms / ours_ms:8.1f}")


if __name__ == "__main__":
    main()
