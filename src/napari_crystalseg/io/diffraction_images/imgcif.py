"""Axes of a full imgCIF header: where the detector stands, its chain of axes multiplied out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError, shortened
from ..assumed.statements import Statements
from .diffraction_image import DetectorAxes
from .turns import turn

if TYPE_CHECKING:
    from gemmi import cif

_NONE = (".", "?", "")
_LONGEST_CHAIN = 30


def detector_axes(header: str, statements: Statements) -> DetectorAxes | None:
    """Read where an imgCIF header says that the detector stands; None where it does not.

    The frame of imgCIF is that of DIALS: X along the principal axis of the goniometer, Z from the sample to the source.

    Parameters
    ----------
    header : str
        Text before the binary section.
    statements : Statements
        Takes what could not be used.
    """
    from gemmi import cif

    if "_axis.vector[1]" not in header:
        return None
    try:
        block = cif.read_string(header).sole_block()
        return _Chain(block).detector()
    except InputError as error:
        statements.not_used(f"the axes of its imgCIF header ({shortened(error)})")
    except (RuntimeError, ValueError, LookupError, ArithmeticError) as error:
        statements.not_used(f"its imgCIF header, which cannot be read ({shortened(error)})")
    return None


class _Chain:
    """Axes by name, each with what carries it, its vector and offset, and its setting."""

    def __init__(self, block: cif.Block) -> None:
        self.axes: dict[str, tuple[str, str, NDArray[np.float64], NDArray[np.float64]]] = {}
        for name, kind, parent, *numbers in _rows(
            block, "_axis.", ["id", "type", "depends_on", *_indexed("vector"), *_indexed("offset")]
        ):
            values = np.array([_number(value) for value in numbers])
            self.axes[name] = (kind.lower(), parent, values[:3], values[3:])
        self.settings: dict[str, tuple[float, float]] = {}
        for category, keys in (
            ("_diffrn_scan_axis.", ["axis_id", "angle_start", "displacement_start"]),
            ("_diffrn_scan_frame_axis.", ["axis_id", "angle", "displacement"]),
        ):
            for name, angle, displacement in _rows(block, category, keys):
                self.settings[name] = (_number(angle), _number(displacement))
        self.by_precedence = {
            int(float(precedence)): (axis_set, direction)
            for precedence, axis_set, direction in _rows(
                block, "_array_structure_list.", ["precedence", "axis_set_id", "direction"]
            )
        }
        self.element_axes = {
            axis_set: (axis, _number(displacement), _number(increment))
            for axis_set, axis, displacement, increment in _rows(
                block,
                "_array_structure_list_axis.",
                ["axis_set_id", "axis_id", "displacement", "displacement_increment"],
            )
        }

    def detector(self) -> DetectorAxes:
        # Of precedence 1 is what varies fastest in the file.
        sides = [self._side(precedence) for precedence in (1, 2)]
        (fast_axis, fast_start, fast_step), (slow_axis, slow_start, slow_step) = sides
        # The place of the corner is that of the axis which hangs on the other; its own vector lies in its frame.
        hanging = slow_axis if self.axes[slow_axis][1] == fast_axis else fast_axis
        origin = self._frame(hanging)[1]
        fast, slow = (self._frame(axis)[0] @ self.axes[axis][2] for axis in (fast_axis, slow_axis))
        fast, slow = fast / np.linalg.norm(fast), slow / np.linalg.norm(slow)
        # The first element lies half a step from the corner where its displacement is of its centre.
        corner = origin + sum(
            axis * (start - (step / 2 if abs(start) > 0 and np.isclose(abs(start), abs(step) / 2) else 0))
            for axis, start, step in ((fast, fast_start, fast_step), (slow, slow_start, slow_step))
        )
        if fast_step < 0 or slow_step < 0:
            fast, slow = fast * np.sign(fast_step), slow * np.sign(slow_step)
        source = next((vector for kind, _, vector, _ in self._of_equipment("SOURCE")), np.array([0.0, 0.0, 1.0]))
        if np.linalg.norm(source) == 0 or np.linalg.norm(corner) == 0:
            raise InputError("it leaves the detector at the sample")
        return DetectorAxes(corner, fast, slow, source / np.linalg.norm(source))

    def _of_equipment(self, name: str) -> list[tuple[str, str, NDArray[np.float64], NDArray[np.float64]]]:
        return [axis for key, axis in self.axes.items() if key.upper() == name]

    def _side(self, precedence: int) -> tuple[str, float, float]:
        axis_set, direction = self.by_precedence[precedence]
        axis, start, step = self.element_axes[axis_set]
        return axis, start, step if direction.lower() != "decreasing" else -step

    def _frame(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Rotation and origin (mm) that an axis has from those that carry it, its own translation left out."""
        chain: list[str] = []
        while name not in _NONE:
            if name in chain or len(chain) > _LONGEST_CHAIN:
                raise InputError("axes that carry each other in a circle")
            chain.append(name)
            name = self.axes[name][1]
        rotation, origin = np.eye(3), np.zeros(3)
        for position, axis in enumerate(reversed(chain)):
            kind, _, vector, offset = self.axes[axis]
            angle, displacement = self.settings.get(axis, (0.0, 0.0))
            origin = origin + rotation @ offset
            if np.linalg.norm(vector) == 0:
                continue
            if kind == "rotation":
                rotation = rotation @ turn(vector, angle)
            elif position < len(chain) - 1 or axis not in {found[0] for found in self.element_axes.values()}:
                origin = origin + rotation @ (vector / np.linalg.norm(vector)) * displacement
        return rotation, origin


def _indexed(key: str) -> list[str]:
    return [f"{key}[{number}]" for number in (1, 2, 3)]


def _rows(block: cif.Block, category: str, keys: list[str]) -> list[tuple[str, ...]]:
    """Rows of a loop, or the one row of a category that is not looped; keys that are not there give '.'."""
    found = block.find(category, [keys[0], *(f"?{key}" for key in keys[1:])])
    rows = []
    for row in found:
        rows.append(tuple(row.str(i) if row.has(i) else "." for i in range(len(keys))))
    return rows


def _number(text: str) -> float:
    return 0.0 if text in _NONE else float(text.split("(")[0])
