"""Place: one region where the labels may be wrong, and what they might be instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...box import Box, shape_of
from ...checks import checked_number, read_only
from ...errors import InputError
from ...labels import Material
from ..edits.change import Change


@dataclass(frozen=True, eq=False)
class Place:
    """A region of one class that may be another, with what that is worth.

    Parameters
    ----------
    box : (slice, slice, slice)
        Where, along (z, y, x).
    mask : ndarray of bool, shape of the box
        The voxels that would change.
    from_label : int
        Class that they have, a code of :class:`Material`.
    to_label : int or None
        Class that they may be; None where nothing better can be proposed: what lies beyond the field is not known.
    centre : (int, int, int)
        The voxel (z, y, x) of the place that is nearest to its middle.
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.
    doubt : float
        Probability that a voxel of the place has the wrong class, 0 to 1.
    effect_percent : float
        Mean over the reflections of |ΔA|/A if all of it were the other class, %.
    reason : str
        Why it is doubted, in two or three words.
    gain_percent : float, optional
        What mending the place and what lies within two voxels of it is expected to change in A, %, besides what places
        before it in a list mend. Doubt times effect by default.

    Raises
    ------
    InputError
        No voxel, a mask of another shape than the box, a centre outside the mask, or numbers out of their range.
    """

    box: Box
    mask: NDArray[np.bool_]
    from_label: int
    to_label: int | None
    centre: tuple[int, int, int]
    voxel_size_um: tuple[float, float, float]
    doubt: float
    effect_percent: float
    reason: str
    gain_percent: float | None = None

    def __post_init__(self) -> None:
        mask = np.asarray(self.mask, dtype=bool)
        if mask.shape != shape_of(self.box):
            raise InputError(
                f"A place in a box of {shape_of(self.box)} voxels needs a mask of that shape, not {mask.shape}."
            )
        within = tuple(at - side.start for at, side in zip(self.centre, self.box, strict=True))
        inside = all(0 <= at < length for at, length in zip(within, mask.shape, strict=True))
        if not inside or not mask[within]:
            raise InputError(f"The centre {self.centre} of a place must be one of its own voxels.")
        checked_number(self.doubt, "The doubt of a place", 0.0, 1.0)
        checked_number(self.effect_percent, "The effect of a place, %,", 0.0)
        if self.gain_percent is not None:
            checked_number(self.gain_percent, "The gain of a place, %,", 0.0)
        object.__setattr__(self, "mask", read_only(mask))

    @property
    def at_stake_percent(self) -> float:
        """By how much A is expected to be wrong because of this place and what lies beside it, %."""
        return self.doubt * self.effect_percent if self.gain_percent is None else self.gain_percent

    @property
    def voxels(self) -> int:
        """Number of voxels."""
        return int(np.count_nonzero(self.mask))

    @property
    def volume_um3(self) -> float:
        """Volume, µm³."""
        return float(self.voxels * np.prod(self.voxel_size_um))

    @property
    def centre_um(self) -> tuple[float, float, float]:
        """Middle of the voxel :attr:`centre` along (z, y, x), µm from the middle of the first voxel."""
        z, y, x = (float(at * size) for at, size in zip(self.centre, self.voxel_size_um, strict=True))
        return z, y, x

    def change(self) -> Change | None:
        """What accepting the suggestion would change; None where there is none."""
        return None if self.to_label is None else Change(self.box, self.mask, np.asarray(self.to_label))

    def share_changed(self, box: Box, labels: NDArray[np.uint8]) -> float:
        """Part of the place, 0 to 1, that no longer has its class.

        Parameters
        ----------
        box : (slice, slice, slice)
            Where labels were edited.
        labels : ndarray of uint8, shape of the box
            What they are now.
        """
        low = [max(a.start, b.start) for a, b in zip(self.box, box, strict=True)]
        high = [min(a.stop, b.stop) for a, b in zip(self.box, box, strict=True)]
        if any(start >= stop for start, stop in zip(low, high, strict=True)):
            return 0.0
        mine, theirs = (
            tuple(slice(a - s.start, b - s.start) for a, b, s in zip(low, high, sides, strict=True))
            for sides in (self.box, box)
        )
        changed = self.mask[mine] & (labels[theirs] != self.from_label)
        return float(np.count_nonzero(changed) / self.voxels)

    def overlap(self, other: Place) -> float:
        """Part of this place, 0 to 1, that is also of another."""
        return self.overlap_with(other.box, other.mask)

    def overlap_with(self, box: Box, mask: NDArray[np.bool_]) -> float:
        """Part of this place, 0 to 1, that lies in a mask; its box is along (z, y, x)."""
        return shared_voxels(self.box, self.mask, box, mask) / self.voxels

    def to_dict(self) -> dict[str, Any]:
        """Return what a table shows of it, JSON-ready."""
        return {
            "centre_voxel": list(self.centre),
            "centre_um": list(self.centre_um),
            "box": [[side.start, side.stop] for side in self.box],
            "voxels": self.voxels,
            "volume_um3": self.volume_um3,
            "from": Material(self.from_label).title,
            "to": None if self.to_label is None else Material(self.to_label).title,
            "reason": self.reason,
            "doubt": self.doubt,
            "effect_percent": self.effect_percent,
            "at_stake_percent": self.at_stake_percent,
        }


def shared_voxels(box: Box, mask: NDArray[np.bool_], other_box: Box, other_mask: NDArray[np.bool_]) -> int:
    """Count the voxels that two masks in their boxes share."""
    both = [slice(max(a.start, b.start), min(a.stop, b.stop)) for a, b in zip(box, other_box, strict=True)]
    if any(side.start >= side.stop for side in both):
        return 0
    one, other = (
        part[tuple(slice(b.start - s.start, b.stop - s.start) for b, s in zip(both, sides, strict=True))]
        for part, sides in ((mask, box), (other_mask, other_box))
    )
    return int(np.count_nonzero(one & other))
