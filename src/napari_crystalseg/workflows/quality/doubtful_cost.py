"""Doubtful cost: what labels may cost in R_meas by the doubt about them, without a reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class DoubtfulCost:
    """Cost of labels if the truth is as others that the doubt about them allows.

    Parameters
    ----------
    drawn_percent : tuple of float
        For each set of labels that was drawn within the doubt: R_meas corrected with the labels at hand, less that
        corrected with those drawn, %, if these were true.
    at_most_percent : float or None
        The largest for labels drawn with so much more doubt that A changes by the bound on what is wrong; None where
        none is promised.
    bound_percent : float or None
        That bound on mean |ΔA|/A, %, of the ranked list of places.
    refusal : str or None
        Why nothing is promised, in a sentence.
    """

    drawn_percent: tuple[float, ...]
    at_most_percent: float | None
    bound_percent: float | None
    refusal: str | None

    @property
    def expected_percent(self) -> float:
        """Mean cost over the labels drawn, % of R_meas."""
        return sum(self.drawn_percent) / len(self.drawn_percent)

    def sentence(self) -> str:
        """Say what the labels may cost."""
        size = f"about {self.expected_percent:.2f} %" if self.expected_percent >= 0.01 else "less than 0.01 %"
        expected = f"{size} is expected from the doubt about the labels"
        if self.at_most_percent is None:
            return f"How much this segmentation may cost cannot be promised; {expected}. {self.refusal}"
        return (
            f"This segmentation costs at most {self.at_most_percent:.2g} % of Rmeas (if A is wrong by the bound of "
            f"{self.bound_percent:.2g} % on average); {expected}."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {
            "drawn_percent": list(self.drawn_percent),
            "expected_percent": self.expected_percent,
            "at_most_percent": self.at_most_percent,
            "bound_percent": self.bound_percent,
            "refusal": self.refusal,
        }
