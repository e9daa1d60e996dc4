"""A single slice, of which no absorption factors can be computed."""

from __future__ import annotations

from ..errors import InputError
from ..labels import Labels


def why_no_factors(labels: Labels) -> str | None:
    """Sentence that says why labels have no absorption factors, where they are a single slice; else None."""
    if labels.shape[0] > 1:
        return None
    return (
        f"The labels are a single slice ({' × '.join(map(str, labels.shape))} voxels): what the beams cross above and "
        "below it is not known, so there are no absorption factors; take the labels of the whole volume."
    )


def refuse_single_slice(labels: Labels) -> None:
    """Refuse labels whose beams leave them at once.

    Raises
    ------
    InputError
        They are one voxel thick along the rotation axis (z).
    """
    if (why := why_no_factors(labels)) is not None:
        raise InputError(why)
