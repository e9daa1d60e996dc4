"""Evaluation: how labels of many cases agree with what is true, case by case and over groups of cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from ..errors import InputError

CLASSES = ("crystal", "liquor", "loop")
"""What is scored, in the order of tables."""
SCORES = ("recall", "precision", "iou", "f1", "f2", "dice")
"""Scores of voxels, 0 to 1."""
SURFACES = ("median", "mean", "percentile_95", "largest", "bias")
"""Distances of surfaces, each in µm and in voxels."""
ABSORPTION = {
    "mean_relative_difference": "mean_absolute_relative_difference",
    "largest_relative_difference": "max_relative_difference",
    "mean_relative_difference_scaled": "mean_absolute_relative_difference_after_scale",
    "largest_relative_difference_scaled": "max_relative_difference_after_scale",
}
"""|ΔA| / A over directions, plain and after a common scale, and what the statistics of a comparison call it."""


@dataclass(frozen=True)
class CaseScore:
    """How labels of one case agree with the true ones.

    Parameters
    ----------
    name, group : str
        The case, and the folder of cases that it belongs to.
    classes : mapping of str to mapping
        Of each class its scores, as :func:`~napari_crystalseg.segmentation.scores` gives them, and the figures of its
        surface and volume, as of ``SurfaceDistance.to_dict``; those in µm are None where the voxel size is not known.
    mean : mapping of str to float or None
        Means of the scores over the classes, 0 to 1.
    histograms : mapping of str to sequence of float
        Of each class, the share of its surfaces by signed distance.
    absorption : mapping or None
        Differences of A over directions, as of ``FactorComparison.statistics``; None where A was not computed.
    without_absorption : str
        Why it was not; empty where it was.
    facts : mapping
        What the case was computed from: hashes, model, coefficients and where they come from, what was assumed.
    """

    name: str
    group: str
    classes: Mapping[str, Mapping[str, Any]]
    mean: Mapping[str, float | None]
    histograms: Mapping[str, Sequence[float]]
    absorption: Mapping[str, Any] | None = None
    without_absorption: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """Group and name."""
        return f"{self.group}/{self.name}"

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as JSON-ready values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> CaseScore:
        """Rebuild a score from :meth:`to_dict`.

        Raises
        ------
        InputError
            Not such a record, or one that was damaged.
        """
        try:
            score = cls(**record)
            whole = all(set(SCORES) <= set(score.classes[title]) for title in CLASSES) and set(SCORES) <= set(
                score.mean
            )
        except (TypeError, KeyError):
            whole = False
        if not whole:
            raise InputError("The record of a case's scores is damaged.")
        return score


@dataclass(frozen=True)
class FailedCase:
    """A case that could not be scored.

    Parameters
    ----------
    name, group : str
        The case, and the folder of cases that it belongs to.
    reason : str
        Why, in a sentence.
    """

    name: str
    group: str
    reason: str

    @property
    def full_name(self) -> str:
        """Group and name."""
        return f"{self.group}/{self.name}"


@dataclass(frozen=True)
class Evaluation:
    """Scores of many cases.

    Parameters
    ----------
    cases : tuple of CaseScore
        Those that could be scored.
    failed : tuple of FailedCase
        Those that could not.
    parameters : mapping
        Model, directions, tolerance and all else that holds for every case, JSON-ready.
    statements : tuple of str
        What the user must know, such as what was left out.
    """

    cases: tuple[CaseScore, ...]
    failed: tuple[FailedCase, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    statements: tuple[str, ...] = ()

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups, in the order of the cases."""
        return tuple(dict.fromkeys(case.group for case in self.cases))

    def of_group(self, group: str | None) -> tuple[CaseScore, ...]:
        """Return the cases of a group, or all."""
        return tuple(case for case in self.cases if group is None or case.group == group)

    def worst_first(self) -> tuple[CaseScore, ...]:
        """Return the cases by their mean IoU, the lowest first; those without any class last."""
        return tuple(sorted(self.cases, key=lambda case: (case.mean["iou"] is None, case.mean["iou"] or 0.0)))

    def summary(self, group: str | None = None) -> dict[str, Any]:
        """Return the means of a group, or of all cases.

        Parameters
        ----------
        group : str, optional
            Name of the group.

        Returns
        -------
        dict
            ``cases``; ``classes``: of each class the means of its scores over the cases that have one, of
            its distances (``largest_…``: the largest) over the cases where both labels have it, mean and mean magnitude
            of the volume's error in %, and in how many cases it was ``missed`` and ``invented``; ``mean``: the means
            of the scores over the classes; ``absorption``: means of the mean |ΔA| / A and the largest one, plain and
            after a common scale, and of how many ``cases``. None where no case has a figure.
        """
        cases = self.of_group(group)
        classes = {title: _class_summary([case.classes[title] for case in cases]) for title in CLASSES}
        computed = [case.absorption for case in cases if case.absorption is not None]
        absorption: dict[str, Any] = {"cases": len(computed)}
        for name, key in ABSORPTION.items():
            over = _largest if name.startswith("largest") else _mean
            absorption[name] = over(each[key] for each in computed)
        return {
            "cases": len(cases),
            "classes": classes,
            "mean": {name: _mean(row[name] for row in classes.values()) for name in SCORES},
            "absorption": absorption,
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the parameters, the summary of each group and of all, and every case, as JSON-ready values."""
        return {
            **self.parameters,
            "statements": list(self.statements),
            "groups": {group: self.summary(group) for group in self.groups},
            "all": self.summary(),
            "cases": [case.to_dict() for case in self.cases],
            "failed": [asdict(each) for each in self.failed],
        }


def _class_summary(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {name: _mean(row[name] for row in rows) for name in SCORES}
    for name in SURFACES:
        over = _largest if name == "largest" else _mean
        for unit in ("um", "voxels"):
            found[f"{name}_{unit}"] = over(row[f"{name}_{unit}"] for row in rows)
    errors = [row["volume_error_percent"] for row in rows if row["volume_error_percent"] is not None]
    return found | {
        "volume_error_percent": _mean(errors),
        "absolute_volume_error_percent": _mean(map(abs, errors)),
        "scored": sum(row["iou"] is not None for row in rows),
        "missed": sum(row["held_by"] == "truth" for row in rows),
        "invented": sum(row["held_by"] == "predicted" for row in rows),
    }


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _largest(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)
