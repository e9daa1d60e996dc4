"""What a tool offers to change, ready to be made, and whether the labels are still those that it was computed from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ....review.edits.edited_labels import PreparedEdit
from ....review.edits.policy import EditPolicy
from ...label_edits.layer_edits import LayerEdits, edits_of
from .proposal import Proposal


class Basis(NamedTuple):
    """Labels as they were when a tool looked at them.

    Parameters
    ----------
    edits : LayerEdits
        Edits of their layer.
    array : int
        Identity of their array.
    revision : int
        How often they were edited.
    policy : EditPolicy
        What may be touched.
    """

    edits: LayerEdits
    array: int
    revision: int
    policy: EditPolicy


def basis_of(edits: LayerEdits) -> Basis | None:
    """Return labels as they are; None once somebody let go of them."""
    if edits_of(edits.layer) is not edits:
        return None
    return Basis(edits, id(edits.edited.data), edits.edited.timeline.revision, edits.policy)


@dataclass(frozen=True, eq=False)
class Offer:
    """A proposal with the edit that makes it.

    Parameters
    ----------
    proposal : Proposal
        What would change.
    prepared : PreparedEdit or None
        The edit; None where nothing would change.
    edits : LayerEdits
        Edits of the layer that it is for.
    basis : Basis or None
        The labels that it was computed from.
    """

    proposal: Proposal
    prepared: PreparedEdit | None
    edits: LayerEdits
    basis: Basis | None

    @property
    def holds(self) -> bool:
        """Whether the labels and what limits their edits are as they were."""
        return self.basis == basis_of(self.edits)
