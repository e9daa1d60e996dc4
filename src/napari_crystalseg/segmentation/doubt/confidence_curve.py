"""Confidence curve: from the probability that a network gives its label to the probability that the label is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ...checks import read_only
from ...errors import InputError
from .reliability import LEVELS, Reliability

_FEWEST_VOXELS = 1000


@dataclass(frozen=True)
class ConfidenceCurve:
    """Temperature and offset of the log-odds of being right (Platt, 1999; Guo et al., 2017).

    The probability of being wrong at a confidence p is 1 / (1 + exp(logit(p) / temperature - offset)). The highest
    level of a confidence in one byte holds all from 0.998 to 1, nearly all of them 1, and has a value of its own.

    Parameters
    ----------
    temperature : float
        Above 1 where the network is surer than it should be.
    offset : float
        Above 0 where it is wrong more often than the temperature alone says.
    surest : float
        Share of wrong labels at the highest level.

    Raises
    ------
    InputError
        A temperature that is not positive, or numbers that are not finite, or no share.
    """

    temperature: float = 1.0
    offset: float = 0.0
    surest: float = 0.0

    def __post_init__(self) -> None:
        if not (0 < self.temperature < float("inf") and np.isfinite(self.offset) and 0 <= self.surest <= 1):
            raise InputError(
                f"A calibration needs a positive temperature, a finite offset and a share, not {self.temperature:g}, "
                f"{self.offset:g} and {self.surest:g}."
            )

    @property
    def doubts(self) -> NDArray[np.float64]:
        """Probability of being wrong at each level of confidence, shape (256,), falling."""
        p = np.clip(np.arange(LEVELS) / (LEVELS - 1), 0.5 / (LEVELS - 1), 1 - 0.5 / (LEVELS - 1))
        found = 1 / (1 + np.exp(np.clip(np.log(p / (1 - p)) / self.temperature - self.offset, -50, 50)))
        # No surer than the level below.
        found[-1] = min(self.surest, found[-2])
        return found

    @property
    def table(self) -> NDArray[np.uint8]:
        """255 times the probability of being wrong at each level of confidence, shape (256,)."""
        return read_only(np.rint(255 * self.doubts).astype(np.uint8))

    @classmethod
    def fitted(cls, reliability: Reliability, with_offset: bool = True) -> Self:
        """Fit to counted voxels, by the greatest likelihood of what was right and wrong.

        Parameters
        ----------
        reliability : Reliability
            Of voxels whose true labels are known, from samples that the network was not trained on.
        with_offset : bool
            Whether the offset is fitted too; else it is 0.

        Raises
        ------
        InputError
            Fewer than 1000 voxels below the highest level, or none of them wrong or right.
        """
        from scipy.optimize import minimize

        right, wrong = reliability.right[:-1], reliability.wrong[:-1]
        if right.sum() + wrong.sum() < _FEWEST_VOXELS or not (right.any() and wrong.any()):
            raise InputError(
                f"A calibration needs {_FEWEST_VOXELS} voxels of which the network is not quite sure, right ones and "
                "wrong ones; give more cases."
            )
        most_sure = int(reliability.right[-1] + reliability.wrong[-1])
        surest = float(reliability.wrong[-1]) / most_sure if most_sure else 0.0
        below = Reliability(np.append(right, 0), np.append(wrong, 0))

        def loss(guess: NDArray[np.float64]) -> float:
            return below.log_loss(cls(float(np.exp(guess[0])), float(guess[1]) if with_offset else 0.0, 0.0).doubts)

        start = [0.0, 0.0] if with_offset else [0.0]
        found = minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-4, "fatol": 1e-10}).x
        return cls(float(np.exp(found[0])), float(found[1]) if with_offset else 0.0, surest)

    @classmethod
    def of_record(cls, record: Mapping[str, Any], prefix: str = "") -> Self | None:
        """Return the curve of a card's numbers, whose names begin with ``prefix``; None where they are none."""
        temperature = record.get(f"{prefix}temperature")
        if temperature is None:
            return None
        try:
            others = (float(record.get(f"{prefix}{name}", 0.0)) for name in ("offset", "surest"))
            return cls(float(temperature), *others)
        except (InputError, TypeError, ValueError):
            return None

    def record(self, prefix: str = "") -> dict[str, float]:
        """Return it as a card keeps it, under names that begin with ``prefix``."""
        return {
            f"{prefix}temperature": round(self.temperature, 4),
            f"{prefix}offset": round(self.offset, 4),
            f"{prefix}surest": float(f"{self.surest:.3g}"),
        }
