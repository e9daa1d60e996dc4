"""Reliability: how often a network was wrong, by how sure it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...checks import read_only
from ...errors import InputError

LEVELS = 256
"""Of a confidence kept as uint8: 0 for a probability of 0, 255 for 1."""
BINS = 15
"""Bins of equal width of the calibration error, as in Guo et al. (2017)."""


@dataclass(frozen=True, eq=False)
class Reliability:
    """Voxels counted by the probability that the network gave their label, and by whether it was right.

    Two columns of 256 numbers say all that a calibration is fitted and judged by, whatever the size of the volumes.

    Parameters
    ----------
    right, wrong : ndarray of int64, shape (256,)
        Voxels whose label is right, and wrong, at each level of confidence (255 × probability, rounded).

    Raises
    ------
    InputError
        Other shapes, or negative counts.
    """

    right: NDArray[np.int64]
    wrong: NDArray[np.int64]

    def __post_init__(self) -> None:
        for name in ("right", "wrong"):
            counts = np.asarray(getattr(self, name), dtype=np.int64)
            if counts.shape != (LEVELS,) or (counts < 0).any():
                raise InputError(f"A reliability needs {LEVELS} counts, none negative, not shape {counts.shape}.")
            object.__setattr__(self, name, read_only(counts))

    @classmethod
    def of(cls, confidence: NDArray[np.uint8], right: NDArray[np.bool_]) -> Self:
        """Count voxels: their confidence as uint8, and whether their label is right, of one shape."""
        levels = np.asarray(confidence).reshape(-1)
        of_right = np.bincount(levels[np.asarray(right).reshape(-1)], minlength=LEVELS)
        return cls(of_right, np.bincount(levels, minlength=LEVELS) - of_right)

    @classmethod
    def nothing(cls) -> Self:
        """Return the reliability of no voxels, to add to."""
        return cls(np.zeros(LEVELS, np.int64), np.zeros(LEVELS, np.int64))

    def __add__(self, other: Reliability) -> Reliability:
        return Reliability(self.right + other.right, self.wrong + other.wrong)

    @property
    def voxels(self) -> int:
        """How many voxels were counted."""
        return int(self.right.sum() + self.wrong.sum())

    @property
    def wrong_share(self) -> float:
        """Share of them whose label is wrong; NaN of none."""
        return float(self.wrong.sum()) / self.voxels if self.voxels else float("nan")

    def bins(self, doubts: ArrayLike, count: int = BINS) -> list[tuple[float, float, int]]:
        """Bring levels together whose stated probability of being wrong is alike.

        Parameters
        ----------
        doubts : array_like of float, shape (256,)
            Probability that a label is wrong, stated at each level of confidence.
        count : int
            Bins of equal width from 0 to 1.

        Returns
        -------
        list of (float, float, int)
            Of each bin that holds voxels: mean stated probability, share that is wrong, voxels.
        """
        stated = np.asarray(doubts, dtype=np.float64)
        bins = np.minimum((stated * count).astype(np.int64), count - 1)
        voxels = np.bincount(bins, weights=self.right + self.wrong, minlength=count)
        wrong = np.bincount(bins, weights=self.wrong, minlength=count)
        total = np.bincount(bins, weights=stated * (self.right + self.wrong), minlength=count)
        return [
            (float(total[i] / voxels[i]), float(wrong[i] / voxels[i]), int(voxels[i])) for i in np.flatnonzero(voxels)
        ]

    def expected_calibration_error(self, doubts: ArrayLike, count: int = BINS) -> float:
        """Mean over the voxels of how far a bin's stated probability is from the share that is wrong; NaN of none."""
        if not self.voxels:
            return float("nan")
        return sum(abs(stated - wrong) * voxels for stated, wrong, voxels in self.bins(doubts, count)) / self.voxels

    def log_loss(self, doubts: ArrayLike) -> float:
        """Mean negative log-likelihood of right and wrong under the stated probabilities, in nats; NaN of none.

        A probability is taken for no less than half of what uint8 can tell apart.
        """
        if not self.voxels:
            return float("nan")
        least = 0.5 / (LEVELS - 1)
        stated = np.clip(np.asarray(doubts, dtype=np.float64), least, 1 - least)
        return float(-(self.wrong @ np.log(stated) + self.right @ np.log1p(-stated)) / self.voxels)

    def record(self, doubts: ArrayLike) -> dict[str, Any]:
        """Return its figures, JSON-ready; None where no voxels were counted."""
        return {
            "expected_calibration_error": _rounded(self.expected_calibration_error(doubts)),
            "log_loss": _rounded(self.log_loss(doubts)),
            "wrong": _rounded(self.wrong_share),
            "voxels": self.voxels,
            "bins": [[round(stated, 4), round(wrong, 4), voxels] for stated, wrong, voxels in self.bins(doubts)],
        }


def _rounded(value: float) -> float | None:
    return round(value, 5) if np.isfinite(value) else None
