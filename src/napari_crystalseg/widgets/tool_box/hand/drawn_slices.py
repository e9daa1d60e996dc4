"""Which slices were drawn in last, along each axis."""

from __future__ import annotations

from collections import deque

from ....box import Box


class DrawnSlices:
    """The last two slices that were drawn in along each axis of the labels, so that those between can be filled."""

    def __init__(self) -> None:
        self._drawn: tuple[deque[int], ...] = tuple(deque(maxlen=2) for _ in range(3))

    def note(self, box: Box, axis: int, index: int) -> None:
        """Note where an edit was made.

        Parameters
        ----------
        box : (slice, slice, slice)
            Around what changed, along (z, y, x).
        axis, index : int
            Slice that was shown: what a ball paints in it and beside it was drawn in it. Along other axes an edit
            counts where it is one voxel thin.
        """
        for own, side in enumerate(box):
            if own == axis and side.start <= index < side.stop:
                at = index
            elif side.stop - side.start == 1:
                at = side.start
            else:
                continue
            drawn = self._drawn[own]
            if at in drawn:
                drawn.remove(at)
            drawn.append(at)

    def other_than(self, axis: int, index: int) -> int | None:
        """Return the slice that was drawn in last along an axis, besides this one; None where there is none."""
        others = [drawn for drawn in self._drawn[axis] if drawn != index]
        return others[-1] if others else None

    def forget(self) -> None:
        """Forget all, as for other labels."""
        for drawn in self._drawn:
            drawn.clear()
