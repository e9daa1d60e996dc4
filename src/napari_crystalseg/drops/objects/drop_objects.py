"""DropObjects: all that is outlined in one micrograph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from .drop_object import DropObject


@dataclass(frozen=True, eq=False)
class DropObjects:
    """Drops and crystals of one micrograph; they may overlap, as crystals lie in drops.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the image.
    objects : tuple of DropObject
        In any order.

    Raises
    ------
    InputError
        One of them does not lie in the image.
    """

    shape: tuple[int, int]
    objects: tuple[DropObject, ...] = ()

    def __post_init__(self) -> None:
        for one in self.objects:
            _, _, end_column, end_row = one.box_px
            if end_row > self.shape[0] or end_column > self.shape[1]:
                raise InputError(
                    f"A {one.kind} that ends at row {end_row} and column {end_column} does not lie in an image of "
                    f"{self.shape[0]} by {self.shape[1]} pixels."
                )

    def of_kind(self, kind: str, lowest_score: float = 0.0) -> tuple[DropObject, ...]:
        """Return those of a kind whose score reaches a limit, best first."""
        chosen = [one for one in self.objects if one.kind == kind and one.score >= lowest_score]
        return tuple(sorted(chosen, key=lambda one: -one.score))

    def mask(self, kind: str, lowest_score: float = 0.0) -> NDArray[np.bool_]:
        """Return the pixels, shape (row, column), of all of a kind whose score reaches a limit."""
        whole = np.zeros(self.shape, bool)
        for one in self.of_kind(kind, lowest_score):
            column, row, end_column, end_row = one.box_px
            whole[row:end_row, column:end_column] |= one.mask
        return whole
