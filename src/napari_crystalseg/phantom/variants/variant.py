"""Variant: what is changed in corrected labels to make a new phantom of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...errors import InputError
from ..crystals.habits import HABITS
from .deformation import Deformation
from .pose import Pose


@dataclass(frozen=True)
class Variant:
    """Changes, made in the order in which they are listed.

    Parameters
    ----------
    pose : Pose
        Where the sample goes.
    deformation : Deformation
        How it is deformed.
    mount_change_um : float
        Change of the mount's thickness, µm; 0 leaves it.
    crystal_habit : str or None
        Habit that each crystal gets in its place; None keeps its shape.
    crystal_size : float
        Edge lengths of the crystals in units of their own.
    liquor_volume : float or None
        Volume of the liquor in units of what was drawn; None leaves it to what the other changes make of it.
    seed : int
        Seed of the orientations that are tried for a new habit.

    Raises
    ------
    InputError
        An unknown habit, or a number out of its range.
    """

    pose: Pose = field(default_factory=Pose)
    deformation: Deformation = field(default_factory=Deformation)
    mount_change_um: float = 0.0
    crystal_habit: str | None = None
    crystal_size: float = 1.0
    liquor_volume: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.crystal_habit is not None and self.crystal_habit not in HABITS:
            raise InputError(f"Unknown habit {self.crystal_habit!r}; choose one of {', '.join(HABITS)}.")
        positive = {"crystal_size": self.crystal_size, "liquor_volume": self.liquor_volume}
        for name, value in positive.items():
            if value is not None and not (np.isfinite(value) and value > 0):
                raise InputError(f"{name} of a variant must be positive, not {value}.")
        if not np.isfinite(self.mount_change_um):
            raise InputError(f"mount_change_um of a variant must be finite, not {self.mount_change_um}.")
        if self.seed < 0:
            raise InputError(f"The seed must not be negative, not {self.seed}.")

    def to_dict(self) -> dict[str, Any]:
        """Return the changes as JSON-ready values."""
        return {
            "mirror": list(self.pose.mirror),
            "turn_deg": self.pose.turn_deg,
            "lean_deg": self.pose.lean_deg,
            "lean_about_deg": self.pose.lean_about_deg,
            "shift_um": list(self.pose.shift_um),
            "waves": self.deformation.to_list(),
            "mount_change_um": self.mount_change_um,
            "crystal_habit": self.crystal_habit,
            "crystal_size": self.crystal_size,
            "liquor_volume": self.liquor_volume,
            "seed": self.seed,
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Variant:
        """Rebuild from :meth:`to_dict`; what is missing stays unchanged.

        Raises
        ------
        InputError
            A key that no variant has, or a value of another kind.
        """
        known = set(cls().to_dict())
        unknown = sorted(set(record) - known)
        if unknown:
            raise InputError(f"A variant has no {', '.join(unknown)}; it has {', '.join(sorted(known))}.")
        try:
            return cls._read(record)
        except InputError:
            raise
        except (TypeError, ValueError) as error:
            raise InputError(f"This is no record of a variant: {error}; take one from a case's manifest.") from error

    @classmethod
    def _read(cls, record: Mapping[str, Any]) -> Variant:
        default = Pose()
        pose = Pose(
            tuple(record.get("mirror", default.mirror)),
            float(record.get("turn_deg", 0.0)),
            float(record.get("lean_deg", 0.0)),
            float(record.get("lean_about_deg", 0.0)),
            tuple(record.get("shift_um", default.shift_um)),
        )
        volume = record.get("liquor_volume")
        return cls(
            pose,
            Deformation.from_list(record.get("waves", ())),
            float(record.get("mount_change_um", 0.0)),
            record.get("crystal_habit"),
            float(record.get("crystal_size", 1.0)),
            None if volume is None else float(volume),
            int(record.get("seed", 0)),
        )
