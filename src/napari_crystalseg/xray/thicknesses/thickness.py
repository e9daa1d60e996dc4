"""Thickness of each material along the beam, exact for the voxel model.

In one slice the labels of a material are a union of rectangles. Its projection onto u = x cos φ − y sin φ is piecewise
linear: each corner (i, j) of the union with the mixed second difference
w = f[i,j] − f[i−1,j] − f[i,j−1] + f[i−1,j−1] of the indicator f changes the slope of the profile at its own u by
−w/(sin φ cos φ). Faces along the grid have no corners but at their ends, so the cost follows the length of the outline
in corners, not the number of voxels. The profile is integrated over each detector pixel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...computing.backend import Array
from ...errors import InputError
from ...labels import Labels

# With the beam along a face the slope has a step of infinite height. Turning the beam by 1e-6 rad keeps it finite: the
# far end of a 4096-voxel slice moves by 0.002 voxels, and float64 still leaves six digits of the thickness.
LEAST_SINE = 1e-6

# Mixed second differences of the indicators of materials 1 to 4 that a corner can have, -2 to 2 of each; the first
# changes fastest.
JUMPS = np.stack([(np.arange(5**4) // 5**n % 5 - 2).astype(np.float64) for n in range(4)], axis=1)


@dataclass(frozen=True, eq=False)
class Corners:
    """Corners of the outlines in every slice of a label volume.

    Parameters
    ----------
    starts : ndarray of int64, shape (rows + 1,)
        Where the corners of each slice begin.
    positions : ndarray of int16 or int32, shape (2, corner)
        y and x in voxel edges: 0 is the outer edge of the first voxel.
    kinds : ndarray of uint16 or uint32, shape (corner,)
        Which of the weights each corner has: there are few, and reading them over and over would cost half of the time.
    table : ndarray of float64, shape (kind, channel)
        Mixed second difference of what is projected.
    shape : (int, int, int)
        Voxels along (z, y, x).
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.
    """

    starts: NDArray[np.int64]
    positions: NDArray[np.signedinteger]
    kinds: NDArray[np.unsignedinteger]
    table: NDArray[np.float64]
    shape: tuple[int, int, int]
    voxel_size_um: tuple[float, float, float]
    _copies: dict[str, tuple[Array, Array, Array]] = field(default_factory=dict, init=False, repr=False)

    @classmethod
    def of_labels(
        cls, labels: Labels, values: ArrayLike | None = None, codes: NDArray[np.int32] | None = None
    ) -> Corners:
        """List the corners of a label volume.

        Parameters
        ----------
        labels : Labels
            What fills each voxel.
        values : array_like, shape (4, channel), optional
            What materials 1 to 4 count in each channel of the projection; by default one channel a material.
        codes : ndarray of int32, shape (z, y, x), optional
            Which of the values counts in each voxel, 1 for the first and 0 for none, where there are more than labels.
        """
        from .thickness_kernel import count_corners, list_code_corners, list_corners

        table = np.eye(4) if values is None else np.asarray(values, dtype=np.float64)
        place = np.int16 if max(labels.shape) < np.iinfo(np.int16).max else np.int32
        if codes is not None:
            table = np.concatenate([np.zeros((1, table.shape[1])), table])
            starts = _starts(codes, count_corners)
            positions = np.empty((2, starts[-1]), dtype=place)
            weights = np.empty((starts[-1], table.shape[1]))
            list_code_corners(codes, table, starts, positions, weights)
            kinds = np.arange(starts[-1], dtype=np.uint32)
            return cls(starts, positions, kinds, weights, labels.shape, labels.required_voxel_size_um)
        data = np.ascontiguousarray(labels.data)
        starts = _starts(data, count_corners)
        positions = np.empty((2, starts[-1]), dtype=place)
        kinds = np.empty(starts[-1], dtype=np.uint16)
        list_corners(data, starts, positions, kinds)
        return cls(starts, positions, kinds, JUMPS @ table, labels.shape, labels.required_voxel_size_um)

    @property
    def weights(self) -> NDArray[np.float64]:
        """Mixed second difference of what is projected at each corner, shape (corner, channel)."""
        weights: NDArray[np.float64] = self.table[self.kinds]
        return weights

    @property
    def radius_um(self) -> float:
        """Farthest that anything reaches from the middle of axes 1 and 2, µm; 0 where there is nothing."""
        if self.positions.size == 0:
            return 0.0
        _, height, width = self.shape
        _, size_y, size_x = self.voxel_size_um
        y, x = self.positions.astype(np.float64)
        return float(np.hypot((y - height / 2) * size_y, (x - width / 2) * size_x).max())

    def project(
        self,
        angle_deg: float,
        pixel_size_um: float,
        columns: int,
        axis_column: float | None = None,
        size: float = 1.0,
        roll_sine: float = 0.0,
        xp: ModuleType = np,
    ) -> Array:
        """Project at one angle.

        Parameters
        ----------
        angle_deg : float
            Rotation angle φ, degrees.
        pixel_size_um : float
            Width of a detector column, µm.
        columns : int
            Number of detector columns.
        axis_column : float, optional
            Column onto which the middle of the volume falls; 0 is the middle of the first column. By default the
            middle of the detector.
        size : float
            Size of the sample within its slices, over that of the labels: it may shrink.
        roll_sine : float
            How far the middle of the volume moves from row to row, columns; it is at ``axis_column`` in the middle row.
        xp : module
            NumPy or CuPy: where the result is wanted. NumPy's way is compiled.

        Returns
        -------
        ndarray of float64, shape (channel, row, column)
            Projected values times µm, averaged over each column; rows are the slices.

        Raises
        ------
        InputError
            A pose that is not finite.
        """
        check_pose(angle_deg, pixel_size_um, axis_column, size, roll_sine)
        cosine, sine = safe_cosine_sine(angle_deg)
        rows, height, width = self.shape
        _, size_y, size_x = self.voxel_size_um
        axis = (columns - 1) / 2 if axis_column is None else axis_column
        per_x = size * size_x / pixel_size_um * cosine
        per_y = -size * size_y / pixel_size_um * sine
        origin = axis + 0.5 - per_x * width / 2 - per_y * height / 2
        scale = -pixel_size_um / (sine * cosine)
        if xp is not np:
            from .thickness_arrays import profiles

            row, positions, weights = self._in_memory_of(xp)
            t = origin + roll_sine * (row - 0.5 * (rows - 1)) + per_y * positions[0] + per_x * positions[1]
            return scale * profiles(xp, t, row, weights, rows, columns)
        from .thickness_kernel import project_corners

        out = np.empty((self.table.shape[1], rows, columns))
        project_corners(
            self.starts, self.positions, self.kinds, self.table, per_y, per_x, origin, roll_sine, scale, out
        )
        return out

    def _in_memory_of(self, xp: ModuleType) -> tuple[Array, Array, Array]:
        """Row, position and weights of each corner, in the memory of ``xp``; kept there."""
        if xp.__name__ not in self._copies:
            row = np.repeat(np.arange(self.shape[0]), np.diff(self.starts))
            self._copies[xp.__name__] = tuple(xp.asarray(part) for part in (row, self.positions, self.weights))
        return self._copies[xp.__name__]


def _starts(data: NDArray[Any], count: Callable[..., None]) -> NDArray[np.int64]:
    """Where the corners of each slice begin, and where the last ones end."""
    counts = np.zeros(len(data), dtype=np.int64)
    count(data, counts)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)


def check_pose(*lengths: float | None) -> None:
    """Refuse what is not finite: compiled code would write anywhere."""
    if not all(length is None or np.isfinite(length) for length in lengths):
        raise InputError(f"Angle, pixel size, axis, size and roll must be finite, not {lengths}.")


def safe_cosine_sine(angle_deg: float) -> tuple[float, float]:
    """Cosine and sine of an angle, neither of them nearer to zero than ``LEAST_SINE``."""
    cosine, sine = (
        float(np.copysign(max(abs(part), LEAST_SINE), part))
        for part in (np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg)))
    )
    return cosine, sine


def iterate_thickness_maps(
    labels: Labels,
    angles_deg: ArrayLike,
    pixel_size_um: float | None = None,
    columns: int | None = None,
) -> Iterator[NDArray[np.float32]]:
    """Yield the thickness map of each angle in turn; see :func:`thickness_maps`.

    Raises
    ------
    InputError
        No angle or one that is not finite, a pixel size that is not positive, or no column.
    """
    angles = np.atleast_1d(np.asarray(angles_deg, dtype=np.float64))
    if angles.ndim != 1 or angles.size == 0 or not np.isfinite(angles).all():
        raise InputError("The angles must be a list of finite numbers in degrees, with at least one.")
    pixel_size = labels.required_voxel_size_um[2] if pixel_size_um is None else float(pixel_size_um)
    if not (np.isfinite(pixel_size) and pixel_size > 0):
        raise InputError(f"The pixel size must be positive in µm, not {pixel_size}.")
    if columns is None:
        columns = max(1, round(labels.shape[2] * labels.required_voxel_size_um[2] / pixel_size))
    if columns < 1:
        raise InputError(f"The detector needs at least one column, not {columns}.")
    return _iterate(Corners.of_labels(labels), angles, pixel_size, int(columns))


def _iterate(
    corners: Corners, angles: NDArray[np.float64], pixel_size: float, columns: int
) -> Iterator[NDArray[np.float32]]:
    for angle in angles:
        # Rounding leaves -1e-12 µm where there is nothing; a thickness is never negative.
        yield np.maximum(corners.project(angle, pixel_size, columns), 0.0).astype(np.float32)


def thickness_maps(
    labels: Labels,
    angles_deg: ArrayLike,
    pixel_size_um: float | None = None,
    columns: int | None = None,
) -> NDArray[np.float32]:
    """Thickness of each material along the beam, averaged over each detector column.

    Parameters
    ----------
    labels : Labels
        Sample; it turns about axis 0 through the middle of axes 1 and 2. Voxels need not be cubes.
    angles_deg : array_like, shape (angle,)
        Rotation angles φ; a point (y, x) from the axis is seen at x cos φ − y sin φ from the middle of the detector.
    pixel_size_um : float, optional
        Width of a detector column, µm; the voxel size along x by default. Rows are the slices of the volume.
    columns : int, optional
        Number of detector columns; by default as many as cover the volume's x extent. What falls outside is left out.

    Returns
    -------
    ndarray of float32, shape (angle, material, row, column)
        Thickness, µm, of liquor, loop, crystal and other (materials 1 to 4).

    Raises
    ------
    InputError
        Angles that are not finite, a pixel size that is not positive, or no columns.
    """
    return np.stack(list(iterate_thickness_maps(labels, angles_deg, pixel_size_um, columns)))
