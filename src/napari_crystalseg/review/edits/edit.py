"""An edit that was made: what it takes to take it back and to make it again."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...box import Box
from ...checks import read_only
from ...errors import InputError
from .tally import Tally

_FIRST_ROOM = 4096


@dataclass(frozen=True, eq=False)
class Edit:
    """Runs of voxels that changed from one label to another.

    Parameters
    ----------
    name : str
        What was done, as the user reads it.
    box : (slice, slice, slice)
        Around all that changed, along (z, y, x).
    starts : ndarray of int64, shape (n,)
        Number of the first voxel of each run in the volume, in C order.
    lengths : ndarray of int32, shape (n,)
        Voxels of each run, along axis 2.
    before, after : ndarray of uint8, shape (n,)
        Label of each run.
    key : object
        Tells it from every other edit, also when memory no longer holds it.

    Raises
    ------
    InputError
        Arrays of different lengths.
    """

    name: str
    box: Box
    starts: NDArray[np.int64]
    lengths: NDArray[np.int32]
    before: NDArray[np.uint8]
    after: NDArray[np.uint8]
    key: object = field(default_factory=object, repr=False)

    def __post_init__(self) -> None:
        for name, dtype in (("starts", np.int64), ("lengths", np.int32), ("before", np.uint8), ("after", np.uint8)):
            values = np.ascontiguousarray(getattr(self, name), dtype=dtype)
            if values.shape != (len(self.starts),):
                raise InputError(f"An edit of {len(self.starts)} runs has {values.shape} {name}; it is damaged.")
            object.__setattr__(self, name, read_only(values))

    @classmethod
    def between(
        cls,
        name: str,
        box: Box,
        before: NDArray[np.uint8],
        after: NDArray[np.uint8],
        shape: tuple[int, int, int],
    ) -> Edit | None:
        """Return the edit that leads from one state of a box to another, None where they are equal.

        Parameters
        ----------
        name : str
            What was done.
        box : (slice, slice, slice)
            Where the two states lie in the volume.
        before, after : ndarray of uint8, shape of the box
            Its labels.
        shape : (int, int, int)
            Shape (z, y, x) of the volume.
        """
        from .runs_kernel import find_runs

        # Of one kind always: for each other kind the kernel would be compiled anew, which takes seconds.
        before, after = (np.require(state, np.uint8, ("C", "W")) for state in (before, after))
        low = (int(box[0].start), int(box[1].start), int(box[2].start))
        room = _FIRST_ROOM
        while True:
            starts, lengths = np.empty(room, np.int64), np.empty(room, np.int32)
            labels = np.empty((2, room), np.uint8)
            n = find_runs(before, after, low, shape, starts, lengths, labels)
            if n <= room:
                break
            room = n
        if not n:
            return None
        starts, lengths = starts[:n].copy(), lengths[:n].copy()
        tight = _box_of_runs(starts, lengths, shape)
        return cls(name, tight, starts, lengths, labels[0, :n].copy(), labels[1, :n].copy())

    @property
    def voxels(self) -> int:
        """Number of voxels that changed."""
        return int(self.lengths.sum(dtype=np.int64))

    @property
    def bytes(self) -> int:
        """Memory that it takes."""
        return self.starts.nbytes + self.lengths.nbytes + self.before.nbytes + self.after.nbytes

    def is_made_in(self, data: NDArray[np.uint8]) -> bool:
        """Whether labels of shape (z, y, x), C-contiguous, are as it left them, judged by its first voxel."""
        return bool(data.reshape(-1)[self.starts[0]] == self.after[0])

    def redo(self, data: NDArray[np.uint8]) -> None:
        """Make it again in labels of shape (z, y, x), C-contiguous.

        Raises
        ------
        InputError
            The labels are not as it left them; nothing is changed.
        """
        self._write(data, self.before, self.after)

    def undo(self, data: NDArray[np.uint8]) -> None:
        """Take it back in labels of shape (z, y, x), C-contiguous.

        Raises
        ------
        InputError
            The labels are not as it left them; nothing is changed.
        """
        self._write(data, self.after, self.before)

    def tally(self, data: NDArray[np.uint8], made: bool = True) -> Tally:
        """Return what it adds to voxels and contacts of the classes.

        Parameters
        ----------
        data : ndarray of uint8, shape (z, y, x)
            Labels, C-contiguous; they are written to on the way and left as they were.
        made : bool
            Whether they hold the edit; they are as before it otherwise.
        """
        from .tally_kernel import count_runs_as

        found = Tally.nothing()
        now, other = (self.after, self.before) if made else (self.before, self.after)
        count_runs_as(data, self.starts, self.lengths, now, other, found.counts, found.faces)
        return Tally.nothing() - found if made else found

    def _write(self, data: NDArray[np.uint8], expected: NDArray[np.uint8], labels: NDArray[np.uint8]) -> None:
        from .runs_kernel import write_runs

        # The kernel does not look whether what it writes lies in the labels, and files may be damaged.
        ends = self.starts + self.lengths
        beyond = self.starts.size and (self.starts.min() < 0 or self.lengths.min() < 0 or ends.max() > data.size)
        if beyond or any(side.stop > length for side, length in zip(self.box, data.shape, strict=True)):
            raise InputError(f"The edit “{self.name}” lies outside labels of {data.shape}; it is of other labels.")
        others = write_runs(data.reshape(-1), self.starts, self.lengths, expected, labels)
        if others:
            raise InputError(
                f"{others} of {self.voxels} voxels of “{self.name}” were changed since by something that left no "
                "record; nothing was changed now."
            )


def prepare_edits() -> None:
    """Load or compile what edits are made, taken back and counted with: a window calls it in a thread, ahead.

    The first time on a machine that takes seconds.
    """
    data = np.zeros((2, 2, 2), dtype=np.uint8)
    Tally.of(data)
    edit = Edit.between("", (slice(0, 2), slice(0, 2), slice(0, 2)), data, data + np.uint8(1), data.shape)
    assert edit is not None
    edit.redo(data)
    edit.tally(data)
    edit.undo(data)


def _box_of_runs(starts: NDArray[np.int64], lengths: NDArray[np.int32], shape: tuple[int, int, int]) -> Box:
    z, rest = np.divmod(starts, shape[1] * shape[2])
    y, x = np.divmod(rest, shape[2])
    return (
        slice(int(z.min()), int(z.max()) + 1),
        slice(int(y.min()), int(y.max()) + 1),
        slice(int(x.min()), int((x + lengths).max())),
    )
