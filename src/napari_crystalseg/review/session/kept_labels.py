"""The labels that the folder of a review keeps, as labels that any command takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...labels import Labels
from ...provenance import InputHashes, Provenance
from .session_folder import SessionFolder

_PROVENANCE = "provenance"
_NOT_READ = "not read when the review was begun"


def with_provenance(facts: Mapping[str, Any], provenance: Provenance) -> dict[str, Any]:
    """Return the facts of a review with how its labels were made; large inputs are not hashed for it."""
    inputs = provenance.inputs
    if isinstance(inputs, InputHashes):
        known = inputs.known
        provenance = replace(provenance, inputs={name: known.get(name, _NOT_READ) for name in inputs})
    return {**facts, _PROVENANCE: provenance.to_dict()}


def provenance_of(facts: Mapping[str, Any]) -> Provenance:
    """Return how the labels of a review were made before any edit; an empty record where it does not say."""
    try:
        return Provenance.from_dict(facts.get(_PROVENANCE, {}))
    except InputError:
        return Provenance()


def labels_of_review(path: str | Path) -> Labels:
    """Read the labels of a review as they were last saved, accepted or not.

    Raises
    ------
    InputError
        Not the folder of a review, a damaged one, one that is open elsewhere, or labels with codes that are no class.
    """
    folder = SessionFolder.open(path)
    try:
        resumed = folder.resume()
    finally:
        folder.close()
    size = folder.facts.get("voxel_size_um")
    provenance = provenance_of(folder.facts)
    n_edits = resumed.timeline.forgotten + resumed.timeline.position
    if n_edits:
        provenance = provenance.then("edit by hand in napari", edits=n_edits)
    return Labels(resumed.labels, None if size is None else tuple(size), provenance=provenance)
