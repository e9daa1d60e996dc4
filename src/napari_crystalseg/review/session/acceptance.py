"""The stamp of labels that were accepted, and what was corrected in them, which retraining learns from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...box import whole
from ...errors import InputError
from ...io import save_json, save_labels
from ...io.files.disk_errors import explaining_disk_errors
from ...labels import Labels
from ...provenance import hash_array, package_version
from ...texts.json_text import parse_json
from ..edits.edit import Edit
from ..edits.timeline import Timeline
from .edit_file import read_edit, write_edit
from .review_state import ReviewState

STAMP = "accepted.json"
DIFFERENCE = "automatic-to-corrected.npz"
LABELS = "corrected.zarr"


def accept(
    folder: str | Path,
    automatic: NDArray[np.uint8],
    corrected: Labels,
    timeline: Timeline,
    state: ReviewState,
    facts: Mapping[str, Any],
) -> Path:
    """Write the corrected labels, the difference to the automatic ones, and the stamp that says how it came about.

    The stamp is there only when all of it is: whoever finds one finds the labels that it is of.

    Parameters
    ----------
    folder : path
        Folder of the review.
    automatic : ndarray of uint8, shape (z, y, x)
        Labels before any edit.
    corrected : Labels
        Labels as they are accepted.
    timeline : Timeline
        Edits that led to them.
    state : ReviewState
        Places that were looked at, and the time it took.
    facts : mapping
        What else belongs into the stamp, as JSON holds it: hash of the model, places that were listed and not looked
        at, what the edits did to A.

    Returns
    -------
    Path
        The stamp.

    Raises
    ------
    InputError
        Labels of different shapes, or the place may not be written.
    """
    folder = Path(folder)
    if automatic.shape != corrected.shape:
        raise InputError(
            f"The automatic labels have {automatic.shape} voxels, the corrected ones {corrected.shape}; they do not "
            "belong together."
        )
    difference = Edit.between("Corrections", whole(corrected.shape), automatic, corrected.data, corrected.shape)
    # First: a stamp of an earlier time must not lie beside labels that it is not of, should we die on the way.
    with explaining_disk_errors(folder):
        (folder / STAMP).unlink(missing_ok=True)
    save_labels(corrected, folder / LABELS)
    partial = folder / f".{DIFFERENCE}.part"
    if difference is None:
        for file in (folder / DIFFERENCE, partial):
            file.unlink(missing_ok=True)
    else:
        write_edit(difference, partial)
        partial.replace(folder / DIFFERENCE)
    made = timeline.edits[: timeline.position]
    stamp = {
        "kind": "napari-crystalseg accepted labels",
        "schema": 1,
        "version": package_version(),
        "automatic_sha256": hash_array(automatic),
        "corrected_sha256": hash_array(corrected.data),
        "voxels_corrected": 0 if difference is None else difference.voxels,
        "difference": None if difference is None else DIFFERENCE,
        "labels": LABELS,
        "edits": [{"name": edit.name, "voxels": edit.voxels} for edit in made],
        "edits_forgotten": timeline.forgotten,
        "minutes_spent": round(state.seconds / 60, 2),
        "places": [tick.to_dict() for tick in state.ticks],
        "facts": dict(facts),
        "provenance": corrected.provenance.to_dict(),
    }
    save_json(stamp, folder / STAMP)
    return folder / STAMP


def corrected_from(folder: str | Path, automatic: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the corrected labels of an accepted review, made from the automatic ones and the difference.

    Raises
    ------
    InputError
        No accepted review, or one of other labels.
    """
    folder = Path(folder)
    if not (folder / STAMP).is_file():
        raise InputError(f"{folder} holds no accepted labels; accept the review first.")
    try:
        stamp = parse_json((folder / STAMP).read_bytes())
        hashes = str(stamp["automatic_sha256"]), str(stamp["corrected_sha256"])
        differs = stamp["difference"] is not None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{folder / STAMP} is damaged ({error}); accept the review again.") from error
    corrected = np.array(automatic, dtype=np.uint8, order="C")
    if hash_array(corrected) != hashes[0]:
        raise InputError(f"What was accepted in {folder} was made from other automatic labels; choose those.")
    if differs:
        read_edit(folder / DIFFERENCE).redo(corrected)
    if hash_array(corrected) != hashes[1]:
        raise InputError(f"The labels accepted in {folder} do not come out as they were; accept the review again.")
    return corrected
