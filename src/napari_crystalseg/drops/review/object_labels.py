"""ObjectLabels: what was found of one kind as a plane of labels that a person edits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..objects import DropObject


class ObjectLabels:
    """Ties the labels of a plane to what was found, so that what nobody touched keeps its score and its whole mask.

    What was found has the labels 1, 2 and so on, best first; larger ones are drawn by hand. Masks that overlap are
    painted the smallest last, and none loses what another hides.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the image.
    kind : str
        ``drop`` or ``crystal``.
    found : sequence of DropObject
        What was found, of whatever kinds and scores.
    lowest_score : float
        Score, 0 to 1, from which on it is shown.
    """

    def __init__(
        self, shape: tuple[int, int], kind: str, found: Sequence[DropObject] = (), lowest_score: float = 0.0
    ) -> None:
        self.shape = shape
        self.kind = kind
        self.lowest_score = lowest_score
        self._found = sorted((one for one in found if one.kind == kind), key=lambda one: -one.score)
        self._touched: set[int] = set()
        self._base = self._painted()

    @property
    def labels(self) -> NDArray[np.uint16]:
        """A copy, uint16 (row, column), of the labels as they were painted last, without edits since."""
        return self._base.copy()

    def touched(self, labels: NDArray[np.integer]) -> set[int]:
        """Return the labels, of a plane (row, column), that were edited: painted, erased, or changed in part."""
        differs = labels != self._base
        if not differs.any():
            return set(self._touched)
        numbers = np.union1d(self._base[differs], np.asarray(labels)[differs])
        touched = self._touched | {int(number) for number in numbers if number}
        erased = differs & (labels == 0)
        # A hole is one in all that lies there, also in what another hides: what is seen is what counts.
        return touched | {number for number, one in self._shown() if number not in touched and _lies_in(one, erased)}

    def objects(self, labels: NDArray[np.integer]) -> tuple[DropObject, ...]:
        """Return what a plane (row, column) of labels shows; what was edited has the score 1."""
        touched = self.touched(labels)
        kept = [one for number, one in self._shown() if number not in touched]
        return (*kept, *self._drawn(labels, touched))

    def filtered(self, labels: NDArray[np.integer], lowest_score: float) -> NDArray[np.uint16]:
        """Show what was found from another score, 0 to 1, on, and what was edited as it is.

        Parameters
        ----------
        labels : ndarray of int, shape (row, column)
            The plane as it was edited.
        lowest_score : float
            The other score.

        Returns
        -------
        ndarray of uint16, shape (row, column)
            The new plane.
        """
        touched = self.touched(labels)
        hidden = {number for number, one in self._numbered() if one.score < self.lowest_score}
        plane = np.array(labels, np.uint16)
        # A label that belongs to something hidden was taken for a new one: it gets a number of its own.
        for number in (touched & hidden) - self._touched:
            new = self.next_label(plane)
            plane[plane == number] = new
            touched = (touched - {number}) | {new}
        self._touched = touched
        self.lowest_score = lowest_score
        return self._lay_over(plane)

    def next_label(self, labels: NDArray[np.integer]) -> int:
        """Return a label that nothing has, on a plane (row, column) or hidden."""
        return max(int(labels.max(initial=0)), len(self._found), *self._touched, 0) + 1

    def with_found(self, labels: NDArray[np.integer], found: Sequence[DropObject]) -> NDArray[np.uint16]:
        """Take what was found anew, below what was drawn by hand meanwhile.

        Parameters
        ----------
        labels : ndarray of int, shape (row, column)
            The plane as it was edited.
        found : sequence of DropObject
            What was found, of whatever kinds.

        Returns
        -------
        ndarray of uint16, shape (row, column)
            The new plane.
        """
        drawn = self._drawn(labels, self.touched(labels))
        self._found = sorted((one for one in found if one.kind == self.kind), key=lambda one: -one.score)
        self._touched = set()
        return self._draw(drawn)

    def restored(self, kept: Sequence[DropObject]) -> NDArray[np.uint16]:
        """Show what a review kept: what is not in it was erased, what was not found was drawn by hand.

        Parameters
        ----------
        kept : sequence of DropObject
            Of whatever kinds.

        Returns
        -------
        ndarray of uint16, shape (row, column)
            The new plane.
        """
        kept = [one for one in kept if one.kind == self.kind]
        drawn, untouched = [], set()
        for one in kept:
            same = next((n for n, other in self._numbered() if n not in untouched and _same(one, other)), None)
            if same is None:
                drawn.append(one)
            else:
                untouched.add(same)
        self._touched = {number for number, _ in self._shown()} - untouched
        return self._draw(drawn)

    def _draw(self, drawn: Sequence[DropObject]) -> NDArray[np.uint16]:
        """Lay masks over what is painted, with labels of their own."""
        plane = np.zeros(self.shape, np.uint16)
        for number, one in enumerate(sorted(drawn, key=lambda one: -one.area_px), len(self._found) + 1):
            _paint(plane, one, number)
            self._touched.add(number)
        return self._lay_over(plane)

    def _lay_over(self, labels: NDArray[np.integer]) -> NDArray[np.uint16]:
        plane = self._painted()
        erased = np.isin(self._base, list(self._touched)) & (labels == 0)
        plane[erased] = 0
        drawn = np.isin(labels, list(self._touched))
        plane[drawn] = labels[drawn]
        self._base = plane
        return plane.copy()

    def _painted(self) -> NDArray[np.uint16]:
        plane = np.zeros(self.shape, np.uint16)
        for number, one in sorted(self._shown(), key=lambda each: -each[1].area_px):
            if number not in self._touched:
                _paint(plane, one, number)
        return plane

    def _drawn(self, labels: NDArray[np.integer], numbers: set[int]) -> list[DropObject]:
        if not numbers:
            return []
        from scipy.ndimage import find_objects

        parts = find_objects(labels)
        drawn = []
        for number in sorted(numbers):
            part = parts[number - 1] if number <= len(parts) else None
            if part is not None:
                origin = part[0].start, part[1].start
                drawn.append(DropObject(self.kind, labels[part] == number, origin))
        return drawn

    def _shown(self) -> list[tuple[int, DropObject]]:
        return [(number, one) for number, one in self._numbered() if one.score >= self.lowest_score]

    def _numbered(self) -> list[tuple[int, DropObject]]:
        return list(enumerate(self._found, 1))


def _paint(plane: NDArray[np.uint16], one: DropObject, number: int) -> None:
    column, row, end_column, end_row = one.box_px
    plane[row:end_row, column:end_column][one.mask] = number


def _lies_in(one: DropObject, mask: NDArray[np.bool_]) -> bool:
    column, row, end_column, end_row = one.box_px
    return bool(mask[row:end_row, column:end_column][one.mask].any())


def _same(one: DropObject, other: DropObject) -> bool:
    return one.score == other.score and one.origin_px == other.origin_px and np.array_equal(one.mask, other.mask)
