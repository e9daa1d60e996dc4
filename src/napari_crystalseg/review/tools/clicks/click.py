"""Clicks: a place is, or is not, of a class, and the region about it follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ....errors import InputError
from ....labels import Material, checked_codes
from ....progress import Progress, silent
from ....volume import Volume
from ...edits.change import Change
from ..regions.region_grow import place_within


@dataclass(frozen=True)
class Click:
    """What a person says of one place.

    Parameters
    ----------
    place : (int, int, int)
        Voxel (z, y, x) on the grid of the volume.
    label : int
        Code of a class.
    here : bool
        Whether the place is of that class, or is not: what else it is, is left to the model.

    Raises
    ------
    InputError
        A code other than 0 to 4, or a place that is not three whole numbers from 0.
    """

    place: tuple[int, int, int]
    label: int = int(Material.CRYSTAL)
    here: bool = True

    def __post_init__(self) -> None:
        checked_codes(int(self.label), int(self.label))
        place = tuple(int(index) for index in self.place)
        if len(place) != 3 or min(place) < 0:
            raise InputError(f"A click needs a place (z, y, x) of three whole numbers from 0, not {self.place}.")
        object.__setattr__(self, "place", place)
        object.__setattr__(self, "label", int(self.label))


def check_clicks(labels: NDArray[np.uint8], shape: tuple[int, int, int], clicks: Sequence[Click]) -> None:
    """Refuse what no model can follow.

    Raises
    ------
    InputError
        No click, one outside of the volume, or labels of another shape than the volume's.
    """
    if np.shape(labels) != shape:
        raise InputError(f"The labels have shape {np.shape(labels)}, the volume {shape}; they must be the same.")
    if not clicks:
        raise InputError("There is no click yet; click where the labels are wrong.")
    for click in clicks:
        place_within(click.place, shape)


class ClickModel(Protocol):
    """What turns clicks into a change: rules as in :class:`.RegionClicks`, or a network."""

    def propose(
        self,
        labels: NDArray[np.uint8],
        volume: Volume,
        clicks: Sequence[Click],
        probabilities: NDArray[np.floating] | None = None,
        progress: Progress = silent,
    ) -> Change | None:
        """Propose what labels become about clicks.

        Parameters
        ----------
        labels : ndarray of uint8, shape (z, y, x)
            Labels so far; those before the first of the clicks.
        volume : Volume
            Voxel values on the same grid.
        clicks : sequence of Click
            All clicks on one region, in the order they were made: later ones refine what earlier ones did.
        probabilities : ndarray of float, shape (class, z', y', x'), optional
            Probability of each code 0 to 4, on any grid over the same field.
        progress : Progress
            Told of each step; raises :class:`~napari_crystalseg.errors.Cancelled` to stop.

        Returns
        -------
        Change or None
            None where nothing would change.

        Raises
        ------
        InputError
            No click, one outside of the volume, or labels or probabilities of another shape.
        """
