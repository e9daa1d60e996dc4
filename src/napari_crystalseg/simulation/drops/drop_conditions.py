"""DropConditions: what simulated drops are drawn from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from ...checks import checked_number, checked_probabilities, checked_range
from ...drops.classes import DROP_CLASSES
from ...errors import InputError
from .contents.crystal_groups import ARRANGEMENTS
from .vessels import VESSELS

SHORTEST_SIDE_PX, LONGEST_SIDE_PX = 32, 4096
SHAPES = ("round", "irregular", "merged", "tailed")
OTHERS = ("phase separation", "spherulites", "contamination", "skin", "bubbles")


@dataclass(frozen=True)
class DropConditions:
    """Ranges and probabilities that drops are drawn from. Lengths without a unit are parts of the image's shorter side.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the image.
    class_shares : tuple of float
        Probability of each of :data:`~napari_crystalseg.drops.classes.DROP_CLASSES`.
    vessels : tuple of float
        Probabilities of a square well, a round one, a shelf or one wall, and no wall in view.
    drop_shapes : tuple of float
        Probabilities of a round drop, an irregular one, two that have met, and one with a tail.
    drop_size : (float, float)
        Diameter of the drop over that of the vessel's inside; log-uniform. With no wall in view up to 1.7 times this.
    drop_um : (float, float)
        Diameter in µm, which gives the image its scale: 100 to 300 nl make 0.6 to 1.5 mm. Uniform.
    no_drop : float
        Probability that a clear image shows an empty vessel.
    arrangements : tuple of float
        Probabilities of few large crystals, many, a shower of microcrystals, needles, plates, fans of needles, balls
        of needles, and crystals grown together.
    others : tuple of float
        Probabilities, in class other, of phase separation, spherulites, contamination, a skin, and bubbles.
    precipitate_beside, skin_beside : float
        Probabilities that crystals have some precipitate, or a skin, beside them.
    faint : float
        Probability that crystals hardly bend light.
    smallest_outline_px : int
        Fewest pixels of a crystal that is outlined.
    colour : float
        Probability that the image is not grey.
    dark_field : float
        Probability that only bent light is seen.
    blur : (float, float)
        Standard deviation of the microscope's blur; log-uniform.
    vignetting : (float, float)
        Part of the light that is lost in the corners.
    glare : float
        Probability of reflections of the lamp.
    exposure : (float, float)
        Value of the clear field, where 1 is the largest that is recorded.
    noise_electrons : (float, float)
        Electrons at the largest value: the more, the less noise. Log-uniform.
    jpeg : float
        Probability that the image was compressed as JPEG.
    strays : float
        Mean number of hairs, scratches and groups of dust on the plate, beside what the drop holds.

    Raises
    ------
    InputError
        A size that cannot be simulated, probabilities that do not add up to 1, or a value out of range.
    """

    shape: tuple[int, int] = (256, 256)
    class_shares: tuple[float, ...] = (0.25, 0.25, 0.25, 0.25)
    vessels: tuple[float, ...] = (0.27, 0.31, 0.14, 0.28)
    drop_shapes: tuple[float, ...] = (0.4, 0.35, 0.13, 0.12)
    drop_size: tuple[float, float] = (0.45, 1.0)
    drop_um: tuple[float, float] = (600.0, 1500.0)
    no_drop: float = 0.04
    arrangements: tuple[float, ...] = (0.22, 0.2, 0.14, 0.12, 0.11, 0.08, 0.05, 0.08)
    others: tuple[float, ...] = (0.38, 0.22, 0.14, 0.16, 0.1)
    precipitate_beside: float = 0.25
    skin_beside: float = 0.08
    faint: float = 0.2
    smallest_outline_px: int = 32
    colour: float = 0.6
    dark_field: float = 0.02
    blur: tuple[float, float] = (0.0006, 0.005)
    vignetting: tuple[float, float] = (0.0, 0.35)
    glare: float = 0.2
    exposure: tuple[float, float] = (0.35, 1.0)
    noise_electrons: tuple[float, float] = (600.0, 30000.0)
    jpeg: float = 0.6
    strays: float = 1.2

    def __post_init__(self) -> None:
        checked: dict[str, Any] = {
            "shape": _checked_shape(self.shape),
            "class_shares": checked_probabilities(self.class_shares, "class_shares", DROP_CLASSES),
            "vessels": checked_probabilities(self.vessels, "vessels", VESSELS),
            "drop_shapes": checked_probabilities(self.drop_shapes, "drop_shapes", SHAPES),
            "arrangements": checked_probabilities(self.arrangements, "arrangements", ARRANGEMENTS),
            "others": checked_probabilities(self.others, "others", OTHERS),
            "drop_size": checked_range(self.drop_size, "drop_size", 0.1, 2.0),
            "drop_um": checked_range(self.drop_um, "drop_um", 1.0, 1e5),
            "blur": checked_range(self.blur, "blur", 1e-6, 0.1),
            "vignetting": checked_range(self.vignetting, "vignetting", 0.0, 1.0),
            "exposure": checked_range(self.exposure, "exposure", 0.05, 3.0),
            "noise_electrons": checked_range(self.noise_electrons, "noise_electrons", 10.0, 1e9),
            "smallest_outline_px": _checked_count(self.smallest_outline_px, "smallest_outline_px"),
            "strays": checked_number(self.strays, "strays", 0.0, 20.0),
        }
        for name in (
            "no_drop",
            "precipitate_beside",
            "skin_beside",
            "faint",
            "colour",
            "dark_field",
            "glare",
            "jpeg",
        ):
            checked[name] = checked_number(getattr(self, name), name, 0.0, 1.0)
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    def to_dict(self) -> dict[str, Any]:
        """Return all of them as JSON-ready values."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> DropConditions:
        """Rebuild conditions from :meth:`to_dict`; what is left out is as by default.

        Raises
        ------
        InputError
            A name that conditions do not have, or a value out of range.
        """
        known = [one.name for one in fields(cls)]
        if strange := [name for name in record if name not in known]:
            raise InputError(
                f"Conditions of drops have no {', '.join(map(str, strange))}; they have {', '.join(known)}."
            )
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in record.items()
        }
        return cls(**values)


def _checked_shape(shape: Any) -> tuple[int, int]:
    if not isinstance(shape, list | tuple) or len(shape) != 2 or not all(map(_is_whole, shape)):
        raise InputError(f"The size of an image is two whole numbers, rows and columns, not {shape!r}.")
    rows, columns = (int(one) for one in shape)
    if not (SHORTEST_SIDE_PX <= min(rows, columns) and max(rows, columns) <= LONGEST_SIDE_PX):
        raise InputError(
            f"A drop is simulated with {SHORTEST_SIDE_PX} to {LONGEST_SIDE_PX} pixels along each side, "
            f"not {rows} by {columns}."
        )
    return rows, columns


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | float | np.integer) and math.isfinite(value) and value == int(value)


def _checked_count(value: Any, name: str) -> int:
    found = checked_number(value, name, 1)
    if not _is_whole(found):
        raise InputError(f"{name} of the conditions of drops is a whole number, not {value!r}.")
    return int(found)
