"""Plate: wells, and the images of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ...errors import InputError
from .well import Well


@dataclass(frozen=True)
class Plate:
    """A crystallisation plate.

    Parameters
    ----------
    rows, columns : int
        8 by 12 of a plate of 96 wells, 16 by 24 of one of 384.
    subwells : tuple of int
        Drops of each well, ascending; (1, 3, 4) of a plate whose drops are called a, c and d.
    images : mapping of Well to tuple of Path
        Images of the wells that have some, oldest first.
    statements : tuple of str
        What the user should know of how images were placed, sentences without a full stop.

    Raises
    ------
    InputError
        A well of an image lies outside the plate, or has no image.
    """

    rows: int = 8
    columns: int = 12
    subwells: tuple[int, ...] = (1, 2)
    images: Mapping[Well, tuple[Path, ...]] = field(default_factory=dict)
    statements: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for well, paths in self.images.items():
            if well.row > self.rows or well.column > self.columns or well.subwell not in self.subwells:
                raise InputError(
                    f"The well {well.name} does not lie on a plate of {self.rows} by {self.columns} wells."
                )
            if not paths:
                raise InputError(f"The well {well.name} has no image.")

    @property
    def wells(self) -> tuple[Well, ...]:
        """All wells, with images or without, in reading order."""
        return tuple(
            Well(row, column, subwell)
            for row in range(1, self.rows + 1)
            for column in range(1, self.columns + 1)
            for subwell in self.subwells
        )

    def shown(self, well: Well) -> Path | None:
        """Return the image of a well that is looked at: the last of several; None where it has none."""
        paths = self.images.get(well)
        return paths[-1] if paths else None
