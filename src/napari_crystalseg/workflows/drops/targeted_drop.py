"""TargetedDrop: where to dispense in the micrograph of one file, or why nowhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...drops.contradiction import Contradiction, contradiction
from ...drops.dispensing import DispensingPosition
from ...drops.plate import Well


@dataclass(frozen=True, eq=False)
class TargetedDrop:
    """Where to dispense in one image, without the masks that it was found by: a plate has many.

    Parameters
    ----------
    name : str
        The image's file.
    shape : (int, int) or None
        Rows and columns; None where it could not be used.
    position : DispensingPosition or None
        Where; None where there is no place, or it could not be used.
    reason : str
        Why there, or why nowhere: a clause without a full stop.
    drop_score : float or None
        Score of the drop; None where none was found.
    crystals : int
        Crystals that reach the lowest score.
    pixel_size_um : float or None
        Side of a pixel, µm; None where nothing says.
    pixel_size_assumed : bool
        Whether that is what CHiMP takes, and nothing says.
    problem : str
        Why it could not be used, a sentence.
    notes : tuple of str
        What else the user should know, clauses without a full stop.
    assumed : tuple of str
        What was assumed of the file.
    model_sha256 : str or None
        Hash of the weights of the detector; None of outlines.
    drop_class : str or None
        Class of the image; None where nobody told it.
    """

    name: str
    shape: tuple[int, int] | None
    position: DispensingPosition | None = None
    reason: str = ""
    drop_score: float | None = None
    crystals: int = 0
    pixel_size_um: float | None = None
    pixel_size_assumed: bool = False
    problem: str = ""
    notes: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    model_sha256: str | None = None
    drop_class: str | None = None

    @property
    def contradiction(self) -> Contradiction | None:
        """What does not go together of its class and the crystals that were found; None where nothing does not."""
        return None if self.shape is None else contradiction(self.drop_class, self.crystals)

    @property
    def offset_um(self) -> tuple[float, float] | None:
        """y and x from the image's centre, µm, y down the image; None without a place or a size of a pixel."""
        if self.position is None or self.shape is None or self.pixel_size_um is None:
            return None
        y_um, x_um = self.position.offset_um(self.shape, self.pixel_size_um)
        # Of products such as 9 × 2.837 the last digits say nothing.
        return round(y_um, 6), round(x_um, 6)

    @property
    def line(self) -> str:
        """What a person reads of it."""
        if self.shape is None:
            return f"{self.name}: {self.problem}"
        position = self.position
        doubt = [] if self.contradiction is None else [self.contradiction.text]
        if position is None:
            return f"{self.name}: nowhere, {'; '.join([self.reason, *doubt])}"
        offset, size = self.offset_um, self.pixel_size_um
        if offset is None or size is None:
            row, column = position.place_px
            where = f"row {row:.6g}, column {column:.6g}, {position.clearance_px:.1f} px clear"
        else:
            where = f"y {offset[0]:+.1f} µm, x {offset[1]:+.1f} µm, {position.clearance_um(size):.0f} µm clear"
        return f"{self.name}: {where} ({'; '.join([self.reason, *self.notes, *doubt])})"

    def to_dict(self, well: Well | None = None) -> dict[str, Any]:
        """Return it as JSON-ready values, with the well that it is on."""
        found: dict[str, Any] = {"path": self.name, "well": None if well is None else well.name}
        if self.shape is None:
            return {**found, "problem": self.problem}
        position = self.position
        offset = self.offset_um
        size = self.pixel_size_um
        return {
            **found,
            "place_px": None if position is None else list(position.place_px),
            "y_down_um": None if offset is None else offset[0],
            "x_right_um": None if offset is None else offset[1],
            "clearance_px": None if position is None else position.clearance_px,
            "clearance_um": None if position is None or size is None else position.clearance_um(size),
            "reason": self.reason,
            "drop_score": self.drop_score,
            "crystals": self.crystals,
            "class": self.drop_class,
            "contradiction": None if self.contradiction is None else self.contradiction.text,
            "shape_px": list(self.shape),
            "pixel_size_um": size,
            "pixel_size_assumed": self.pixel_size_assumed,
            "notes": list(self.notes),
            "assumed": list(self.assumed),
        }
