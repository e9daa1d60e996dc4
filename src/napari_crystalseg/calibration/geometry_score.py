"""How well labels match projections, and what that means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .label_projection import Orientation

# An orientation is not told apart from the best one when it leaves less than so many times as much of the variance
# unexplained (pixels' residuals are correlated, so that some forty of them count), or explains as good as the same.
_UNDECIDED = 1.25
_LEAST_DIFFERENCE = 0.002
_LEAST_OFFSET_DEG = 0.75
# Below this correlation nothing has been recognised.
LEAST_SCORE = 0.5
# Two lumps of any shape reach so much, when one is turned at will.
_POOR_SCORE = 0.75


@dataclass(frozen=True)
class Candidate:
    """An orientation with its score.

    Parameters
    ----------
    orientation : Orientation
        How the labels are turned.
    score : float
        Correlation of measured and predicted attenuation, 0 to 1.
    """

    orientation: Orientation
    score: float

    def to_dict(self) -> dict[str, Any]:
        """Return orientation and score as JSON-ready values."""
        turned = self.orientation
        return {
            "axis": turned.axis,
            "sense": turned.sense,
            "flipped": turned.flipped,
            "offset_deg": round(turned.offset_deg, 3),
            "score": round(self.score, 5),
        }


@dataclass(frozen=True)
class GeometryScore:
    """How well labels match projections, as given and turned otherwise.

    Parameters
    ----------
    given : Candidate
        The labels as they are.
    best : Candidate
        The orientation that matches best.
    offset_error_deg : float
        Standard error of the best offset, degrees; infinite where the sample looks the same from all sides.
    rivals : tuple of Candidate
        Other orientations that match about as well as the best.
    shift_px : (float, float)
        Rows and columns by which the labels were moved to match, where that was allowed.
    findings : tuple of str
        What the user should know.
    next_best : Candidate or None
        The best with another sense, axis or flip, however much worse.
    axis_remark : str or None
        What the scan's file records of the rotation axis, where that is not the column used.
    scan_statements : tuple of str
        What the user must know of the scan, such as frames that were left out, a sentence each.
    """

    given: Candidate
    best: Candidate
    offset_error_deg: float
    rivals: tuple[Candidate, ...]
    shift_px: tuple[float, float]
    findings: tuple[str, ...]
    next_best: Candidate | None = None
    axis_remark: str | None = None
    scan_statements: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether the labels as given match the projections, and nothing else does as well."""
        return self.decided and self.best.orientation.is_turned_only and not self.findings

    def sentence(self) -> str:
        """Say whether labels and projections agree."""
        if not self.agrees:
            return " ".join(self.findings) or "Labels and projections do not agree."
        said = f"Labels and projections agree: score {self.given.score:.3f}"
        if self.next_best is not None:
            said += f"; the next best, when {self.next_best.orientation.described()}, {self.next_best.score:.3f}"
        return f"{said}."

    @property
    def decided(self) -> bool:
        """Whether one orientation is better than all others."""
        return not self.rivals and bool(np.isfinite(self.offset_error_deg)) and self.best.score >= LEAST_SCORE

    def to_dict(self) -> dict[str, Any]:
        """Return all as JSON-ready values."""
        return {
            "as_given": self.given.to_dict(),
            "best": self.best.to_dict(),
            "offset_error_deg": None if np.isinf(self.offset_error_deg) else round(self.offset_error_deg, 3),
            "decided": self.decided,
            "equally_good": [rival.to_dict() for rival in self.rivals],
            "shift_px": {"row": round(self.shift_px[0], 2), "column": round(self.shift_px[1], 2)},
            "findings": list(self.findings),
            "scan": list(self.scan_statements),
        }


def findings_of(
    given: Candidate, best: Candidate, offset_error: float, rivals: tuple[Candidate, ...], several: bool
) -> tuple[str, ...]:
    """Say what the user should know of how labels match projections, a sentence each; none where all is well.

    Parameters
    ----------
    given, best : Candidate
        The labels as they are, and the orientation that matches best.
    offset_error : float
        Standard error of the best offset, degrees; infinite where the sample looks the same from all sides.
    rivals : tuple of Candidate
        Other orientations that match about as well as the best.
    several : bool
        Whether there are projections at several angles.
    """
    said = []
    turned = best.orientation
    clearly = not nearly_as_good(np.array([given.score**2]), best.score**2)[0]
    if best.score < LEAST_SCORE:
        said.append(
            f"The labels match the projections nowhere (the best score is {best.score:.2f}): they may be of another "
            "sample, or the pixel size, the rotation centre or the flat field is wrong."
        )
    else:
        if best.score < _POOR_SCORE:
            said.append(
                f"The labels match the projections poorly, however they are turned (best score {best.score:.2f}): they "
                "may be of another sample, or the pixel size or the flat field is wrong."
            )
        if clearly:
            said.append(
                f"The labels match the projections best when {turned.described()}: the score is then {best.score:.3f} "
                f"instead of {given.score:.3f}."
            )
        elif turned.is_turned_only and abs(turned.offset_deg) > max(_LEAST_OFFSET_DEG, 4 * offset_error):
            said.append(f"The angles seem to be off: {turned.offset_deg:+.2f} ± {offset_error:.2f}° should be added.")
    if np.isinf(offset_error):
        said.append("The sample looks the same from all sides, so the zero of the angles cannot be told.")
    if rivals and best.score >= LEAST_SCORE:
        turned_otherwise = [rival.orientation for rival in rivals if rival.orientation.laid_as(turned)]
        others = [rival.orientation for rival in rivals if not rival.orientation.laid_as(turned)]
        if turned_otherwise and not np.isinf(offset_error):
            ways = "; ".join(one.described() for one in turned_otherwise[:3])
            said.append(
                "The zero of the angles cannot be decided, since the sample looks nearly the same from other sides: "
                f"the labels match about as well when {ways}."
            )
        if others:
            ways = "; ".join(one.described() for one in others[:3])
            said.append(f"How the labels lie is not decided: they match about as well when {ways}.")
    if not several:
        said.append("One projection does not tell the sense of the rotation; give several at different angles.")
    return tuple(said)


def nearly_as_good(explained: NDArray[np.float64], best: float) -> NDArray[np.bool_]:
    """Whether hypotheses leave hardly more unexplained than the best one."""
    left = 1 - explained
    return (left < _UNDECIDED * (1 - best)) | (best - explained < _LEAST_DIFFERENCE)
