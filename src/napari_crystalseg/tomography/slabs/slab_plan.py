"""How a reconstruction passes through memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ...errors import InputError
from ..methods.method import Method
from ..methods.ray_geometry import Geometry

# Copies of a slab's line integrals that are alive at once while it is prepared.
_COPIES = 5
_SLAB_BYTES = 512 * 2**20
# Of counts that are kept for the next slabs, and the part of what is then free that they may take.
_HELD_BYTES, _HELD_SHARE = 2 * 2**30, 0.25


@dataclass(frozen=True)
class SlabPlan:
    """Slabs of rows, and the memory that they take.

    Parameters
    ----------
    first, last : int
        Rows: the first, and the one after the last.
    at_once : int
        Rows of a slab.
    bytes_needed : int
        Estimate of the memory taken at once, beside the scan.
    """

    first: int
    last: int
    at_once: int
    bytes_needed: int

    @classmethod
    def of(
        cls,
        geometry: Geometry,
        rows: tuple[int, int],
        method: Method,
        bytes_held: int = 0,
        at_once: int | None = None,
        bytes_free: int | None = None,
    ) -> SlabPlan:
        """Choose slabs that are large enough to be quick and small enough to fit.

        Parameters
        ----------
        geometry : Geometry
            Angles and columns.
        rows : (int, int)
            First row and the one after the last.
        method : Method
            Says how many rows it takes at once, and with how much memory.
        bytes_held : int
            What is in memory all the while: the result, where it is not on disk, and frames after phase retrieval.
        at_once : int, optional
            Rows of a slab, as an earlier run has chosen them.
        bytes_free : int, optional
            Memory that may be taken; by default what is free.

        Raises
        ------
        InputError
            It cannot fit: the text says what would.
        """
        first, last = rows
        a_row = 4 * geometry.columns * (_COPIES * geometry.angles + geometry.columns)
        fixed = bytes_held + method.bytes_needed(geometry)
        free = _free_bytes() if bytes_free is None else bytes_free
        together = method.rows_together(geometry)
        if at_once is None:
            room = min(_SLAB_BYTES, max(free - fixed, 0) // 2)
            at_once = max(room // a_row // together, 1) * together
            if at_once * a_row + fixed > free:
                # Even, for methods that take rows in pairs.
                at_once = max((free - fixed) // a_row // 2 * 2, 1)
            at_once = min(at_once, last - first)
        needed = fixed + at_once * a_row
        if needed > free:
            held = f", {_gigabytes(bytes_held)} of them for the result" if bytes_held else ""
            raise InputError(
                f"The reconstruction needs {_gigabytes(needed)} of memory{held}, and {_gigabytes(free)} are free; "
                "bin the scan, take fewer rows, or reconstruct into a file."
            )
        return cls(first, last, at_once, needed)

    def rows_to_hold(self, bytes_a_row: int) -> int:
        """Rows of the scan's counts that fit into memory beside the slabs: as many as one slab has, or more.

        Parameters
        ----------
        bytes_a_row : int
            Of one detector row of all projections.
        """
        room = min(_HELD_BYTES, int(_HELD_SHARE * max(_free_bytes() - self.bytes_needed, 0)))
        return max(self.at_once, room // max(bytes_a_row, 1))

    def __iter__(self) -> Iterator[tuple[int, int]]:
        """Yield the first row, and the one after the last, of each slab."""
        for first in range(self.first, self.last, self.at_once):
            yield first, min(first + self.at_once, self.last)

    def to_dict(self) -> dict[str, Any]:
        """Return the slabs and their memory, as JSON-ready values."""
        return {"rows": [self.first, self.last], "at_once": self.at_once, "bytes_needed": self.bytes_needed}


def _free_bytes() -> int:
    import psutil

    return int(psutil.virtual_memory().available)


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e8 else f"{count / 1e6:.0f} MB"
