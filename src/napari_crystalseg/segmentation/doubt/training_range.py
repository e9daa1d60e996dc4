"""Training range: how volumes looked that a network was trained on, and in what another one differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np

from ...errors import InputError
from .volume_statistics import VolumeStatistics

PERCENTILES = (0.5, 5.0, 50.0, 95.0, 99.5)
_LEEWAY = 0.25
"""A value is outside beyond the outermost percentile by this part of its distance from the median: cases are few, and
the range of more of them is wider."""


@dataclass(frozen=True)
class _Doubt:
    """What to say of a statistic beyond an end of its range; ``{value}`` and ``{limit}`` are put in.

    Parameters
    ----------
    text : str
        The sentence.
    percent : bool
        Whether the numbers are shares, told in per cent.
    logarithmic : bool
        Whether distances are ratios.
    """

    text: str
    percent: bool = False
    logarithmic: bool = False


_TOO_LOW = {
    "sample_voxels": _Doubt(
        "The sample is {value} voxels long, and the smallest that the model was trained on {limit}: reconstruct with "
        "finer voxels, or without binning.",
        logarithmic=True,
    ),
    "sample_share": _Doubt(
        "The sample takes {value} of the field, and at least {limit} in training: crop the volume about the sample, or "
        "look whether there is one.",
        percent=True,
        logarithmic=True,
    ),
    "separation": _Doubt(
        "Sample and air are hardly told apart by their voxel values ({value} of the variance lies between them, and at "
        "least {limit} in training): look whether this is a tomogram of a sample amid air, and reconstruct with phase "
        "retrieval or less noise if it is.",
        percent=True,
    ),
    "inner_contrast": _Doubt(
        "Within the sample voxel values span {value} of its height above air, and at least {limit} in training: "
        "materials may not be told apart; try another reconstruction, or look at the edges by hand.",
        percent=True,
        logarithmic=True,
    ),
    "change_along_z": _Doubt(
        "Slices are nearly alike along axis 0 (they change {value} as much as within a slice, and at least {limit} in "
        "training): if one slice was stacked, segment it alone; else check the order of the axes.",
        percent=True,
        logarithmic=True,
    ),
}
_TOO_HIGH = {
    "sample_share": _Doubt(
        "What is brighter than air takes {value} of the field, and at most {limit} in training: look whether the "
        "contrast is inverted, or the field cropped to the sample's inside.",
        percent=True,
    ),
    "cut_off": _Doubt(
        "The sample takes {value} of the field's outer faces, and at most {limit} in training: it is cut off; "
        "reconstruct a wider field, and look at the labels at the field's edge.",
        percent=True,
    ),
    "noise": _Doubt(
        "Noise is {value} of the sample's height above air, and at most {limit} in training: reconstruct with more "
        "projections, phase retrieval or an iterative method, or average voxels by twos.",
        percent=True,
        logarithmic=True,
    ),
    "rings": _Doubt(
        "Rings about the middle of the slices are {value} of the sample's height above air, and at most {limit} in "
        "training: reconstruct with ring removal.",
        percent=True,
        logarithmic=True,
    ),
    "inner_contrast": _Doubt(
        "Within the sample voxel values span {value} times its height above air, and at most {limit} in training: look "
        "for metal, salt or strong fringes, and crop them away or reconstruct with phase retrieval.",
        logarithmic=True,
    ),
    "edge_voxels": _Doubt(
        "The sample's surface is {value} voxels of the network's grid wide, and at most {limit} in training: the "
        "volume is blurred; check the rotation axis and the motion of the sample, or filter less.",
        logarithmic=True,
    ),
    "change_along_z": _Doubt(
        "Voxel values change {value} times as much from slice to slice as within slices, and at most {limit} in "
        "training: check the order of the axes, and whether slices are missing or of different brightness.",
        logarithmic=True,
    ),
    "fine_noise": _Doubt(
        "Noise in the volume's own voxels is {value} of the sample's height above air, and at most {limit} in "
        "training: faces may be placed less exactly; average voxels by twos, or reconstruct with more projections.",
        percent=True,
        logarithmic=True,
    ),
    "fine_edge_voxels": _Doubt(
        "The sample's surface is {value} of the volume's own voxels wide, and at most {limit} in training: faces may "
        "be placed less exactly; average voxels by twos, or filter less.",
        logarithmic=True,
    ),
}
_IMPLIED = {"fine_noise": "noise", "fine_edge_voxels": "edge_voxels"}
"""Of these the first is not told where the second is."""


@dataclass(frozen=True)
class TrainingRange:
    """Percentiles of the statistics of volumes that a network was trained on, or of others drawn as they were.

    Parameters
    ----------
    percentiles : mapping of str to tuple of float
        Of each statistic, in its own unit, at :data:`PERCENTILES`, rising.
    volumes : int
        How many volumes they are of.

    Raises
    ------
    InputError
        Percentiles that are not finite or fall.
    """

    percentiles: Mapping[str, tuple[float, ...]]
    volumes: int

    def __post_init__(self) -> None:
        for name, values in self.percentiles.items():
            finite = len(values) == len(PERCENTILES) and bool(np.isfinite(values).all())
            if not finite or (np.diff(values) < 0).any():
                raise InputError(f"The training range of {name} must be {len(PERCENTILES)} rising numbers.")

    @classmethod
    def of(cls, statistics: Sequence[VolumeStatistics]) -> Self:
        """Take the range of some volumes.

        Raises
        ------
        InputError
            No volumes.
        """
        if not statistics:
            raise InputError("A training range needs the statistics of at least one volume.")
        found = {}
        for name in (field.name for field in fields(VolumeStatistics)):
            values = np.array([getattr(one, name) for one in statistics])
            values = values[np.isfinite(values)]
            if values.size:
                found[name] = tuple(float(value) for value in np.percentile(values, PERCENTILES))
        return cls(found, len(statistics))

    @classmethod
    def of_card(cls, card: Mapping[str, Any]) -> Self | None:
        """Return what a model's card says under ``training_range``; None where it says nothing that can be used."""
        stated = card.get("training_range")
        if not isinstance(stated, Mapping):
            return None
        try:
            known = {field.name for field in fields(VolumeStatistics)} & stated.keys()
            ranges = {name: tuple(float(value) for value in stated[name]["percentiles"]) for name in sorted(known)}
            return cls(ranges, int(stated.get("volumes", 0)))
        except (InputError, KeyError, TypeError, ValueError):
            return None

    def record(self) -> dict[str, Any]:
        """Return it as a card keeps it, to four digits."""
        ranges = {
            name: {"percentiles": [float(f"{value:.4g}") for value in values]}
            for name, values in self.percentiles.items()
        }
        return {**ranges, "at": list(PERCENTILES), "volumes": self.volumes}

    def doubts(self, statistics: VolumeStatistics) -> tuple[str, ...]:
        """Say in what a volume differs from those of the training.

        Parameters
        ----------
        statistics : VolumeStatistics
            Of the volume.

        Returns
        -------
        tuple of str
            A sentence for each: what it is, by how much, and what to do; none where it is like them.
        """
        found: dict[str, str] = {}
        for doubts, end in ((_TOO_LOW, 0), (_TOO_HIGH, -1)):
            for name, doubt in doubts.items():
                if name not in self.percentiles:
                    continue
                value, limit = getattr(statistics, name), self._limit(name, end, doubt.logarithmic)
                outside = value < limit if end == 0 else value > limit
                if outside:  # never so for NaN
                    found[name] = doubt.text.format(value=_told(value, doubt), limit=_told(limit, doubt))
        return tuple(text for name, text in found.items() if _IMPLIED.get(name) not in found)

    def _limit(self, name: str, end: int, logarithmic: bool) -> float:
        values = np.asarray(self.percentiles[name], dtype=float)
        middle, outermost = values[len(values) // 2], values[end]
        if logarithmic and min(middle, outermost) > 0:
            return float(outermost * (outermost / middle) ** _LEEWAY)
        return float(outermost + _LEEWAY * (outermost - middle))


def _told(value: float, doubt: _Doubt) -> str:
    shown = 100 * value if doubt.percent else value
    text = f"{shown:.0f}" if abs(shown) >= 100 else f"{shown:.2g}"
    return f"{text} %" if doubt.percent else text
