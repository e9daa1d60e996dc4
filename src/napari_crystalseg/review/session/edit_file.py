"""Arrays of a review as files: labels, and the runs of one edit, packed."""

from __future__ import annotations

import os
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...io.files.disk_errors import explaining_disk_errors
from ..edits.edit import Edit


def write_edit(edit: Edit, path: Path) -> None:
    """Write the runs of an edit; nothing reads the file before the record of the review names it.

    Raises
    ------
    InputError
        The disk is full, or the place may not be written.
    """
    box = np.array([(side.start, side.stop) for side in edit.box], dtype=np.int64)
    # Differences of the starts are small numbers, which are packed to a tenth.
    steps = np.diff(edit.starts, prepend=np.int64(0))
    _write(
        path,
        name=np.frombuffer(edit.name.encode("utf-8", "surrogatepass"), dtype=np.uint8),
        box=box,
        steps=steps,
        lengths=edit.lengths,
        before=edit.before,
        after=edit.after,
    )


def read_edit(path: Path) -> Edit:
    """Read what :func:`write_edit` wrote.

    Raises
    ------
    InputError
        The file is missing or damaged.
    """
    arrays = _read(path, ("name", "box", "steps", "lengths", "before", "after"))
    if arrays["box"].shape != (3, 2):
        raise InputError(f"{path} is damaged; the edits before it can be had.")
    z, y, x = (slice(int(start), int(stop)) for start, stop in arrays["box"])
    name = arrays["name"].tobytes().decode("utf-8", "surrogatepass")
    starts = np.cumsum(arrays["steps"], dtype=np.int64)
    return Edit(name, (z, y, x), starts, arrays["lengths"], arrays["before"], arrays["after"])


def write_labels(labels: NDArray[np.uint8], path: Path) -> None:
    """Write labels with any codes.

    Raises
    ------
    InputError
        The disk is full, or the place may not be written.
    """
    _write(path, labels=labels)


def read_labels(path: Path) -> NDArray[np.uint8]:
    """Read what :func:`write_labels` wrote: a writable array of shape (z, y, x).

    Raises
    ------
    InputError
        The file is missing or damaged.
    """
    labels = np.ascontiguousarray(_read(path, ("labels",))["labels"])
    if labels.dtype != np.uint8 or labels.ndim != 3:
        raise InputError(f"{path} is damaged; begin the review anew.")
    return labels


def _write(path: Path, **arrays: NDArray[Any]) -> None:
    with explaining_disk_errors(path), open(path, "wb") as stream:
        # Level 1: labels are packed to a hundredth by any level, and this one is quick.
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for name, array in arrays.items():
                # By its name: a ZipInfo would be stored as it is. The date is that of no day either way.
                with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, np.ascontiguousarray(array), allow_pickle=False)
        stream.flush()
        os.fsync(stream.fileno())


def _read(path: Path, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in names}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(f"{path} cannot be read ({error}); the review cannot go on from it.") from error


def voxels_of_codes(labels: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Count the voxels of each code, of shape (256,), slice by slice, so that a window beside it stays responsive."""
    counts = np.zeros(256, dtype=np.int64)
    for plane in labels:
        counts += np.bincount(plane.reshape(-1), minlength=256)
    return counts
