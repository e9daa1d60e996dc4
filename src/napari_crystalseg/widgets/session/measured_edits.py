"""What the edits of the labels did to the absorption factors, as far as is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...absorption.edits.edit_effect import EditEffect


@dataclass(frozen=True, eq=False)
class MeasuredEdits:
    """An effect, or why there is none.

    Parameters
    ----------
    effect : EditEffect or None
        What the edits did; None while it is unknown.
    note : str
        Why it is not known, or what is being done; empty otherwise.
    """

    effect: EditEffect | None = None
    note: str = ""
