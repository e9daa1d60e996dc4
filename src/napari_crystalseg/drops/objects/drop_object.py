"""DropObject: one drop or crystal in a micrograph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError

DROP, CRYSTAL = "drop", "crystal"
KINDS = (DROP, CRYSTAL)
"""In the order of the outputs of CHiMP's detector of both: drop is 1, crystal is 2; 0 is neither."""


@dataclass(frozen=True, eq=False)
class DropObject:
    """One drop or crystal: a mask that is kept as the part of the image that holds it.

    Parameters
    ----------
    kind : str
        ``drop`` or ``crystal``.
    mask : ndarray of bool, shape (row, column)
        Its pixels, within a part of the image.
    origin_px : (int, int)
        Row and column of the first pixel of that part in the image.
    score : float
        How sure a detector is, 0 to 1; 1 of what was drawn by hand or simulated.

    Raises
    ------
    InputError
        Another kind, a mask without a pixel, an origin before the first pixel, or a score outside 0 to 1.
    """

    kind: str
    mask: NDArray[np.bool_]
    origin_px: tuple[int, int] = (0, 0)
    score: float = 1.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"What is outlined in a micrograph is a 'drop' or a 'crystal', not '{self.kind}'.")
        if self.mask.dtype != np.bool_ or self.mask.ndim != 2 or not self.mask.any():
            raise InputError(
                f"The mask of a {self.kind} is a plane of bool with at least one pixel that is true, "
                f"not {self.mask.dtype} of the shape {self.mask.shape}."
            )
        if min(self.origin_px) < 0:
            raise InputError(f"The mask of a {self.kind} begins outside the image, at {self.origin_px}.")
        if not 0 <= self.score <= 1:
            raise InputError(f"The score of a {self.kind} lies between 0 and 1, not at {self.score}.")
        # The part is the smallest that holds the mask, so that equal masks are stored alike.
        rows, columns = np.flatnonzero(self.mask.any(1)), np.flatnonzero(self.mask.any(0))
        part = self.mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        if part.shape != self.mask.shape:
            object.__setattr__(self, "mask", np.ascontiguousarray(part))
            object.__setattr__(
                self, "origin_px", (int(self.origin_px[0] + rows[0]), int(self.origin_px[1] + columns[0]))
            )

    @property
    def area_px(self) -> int:
        """Number of its pixels."""
        return int(self.mask.sum())

    @property
    def box_px(self) -> tuple[int, int, int, int]:
        """Edges (first column, first row, end column, end row) of the box about the mask, ends exclusive."""
        (row, column), (rows, columns) = self.origin_px, self.mask.shape
        return column, row, column + columns, row + rows

    @property
    def centroid_px(self) -> tuple[float, float]:
        """Mean row and column of its pixels, where the centre of the first pixel of the image is (0, 0)."""
        of_rows, of_columns = self.mask.sum(1), self.mask.sum(0)
        row = of_rows @ np.arange(len(of_rows)) / of_rows.sum()
        column = of_columns @ np.arange(len(of_columns)) / of_columns.sum()
        return float(row + self.origin_px[0]), float(column + self.origin_px[1])

    def holds(self, row: int, column: int) -> bool:
        """Whether a pixel of the image is one of its own."""
        row, column = row - self.origin_px[0], column - self.origin_px[1]
        rows, columns = self.mask.shape
        return 0 <= row < rows and 0 <= column < columns and bool(self.mask[row, column])

    def whole_mask(self, shape: tuple[int, int]) -> NDArray[np.bool_]:
        """Its pixels in a whole image.

        Parameters
        ----------
        shape : (int, int)
            Rows and columns of the image.

        Returns
        -------
        ndarray of bool, shape (row, column)

        Raises
        ------
        InputError
            The image does not hold the mask.
        """
        whole = np.zeros(shape, bool)
        column, row, end_column, end_row = self.box_px
        if end_row > shape[0] or end_column > shape[1]:
            raise InputError(
                f"A {self.kind} that ends at row {end_row} and column {end_column} does not lie in an image of "
                f"{shape[0]} by {shape[1]} pixels."
            )
        whole[row:end_row, column:end_column] = self.mask
        return whole
