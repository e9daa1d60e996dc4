"""What edits of labels did to the absorption factors so far."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class EditEffect:
    """Change of the absorption factors of a sample of reflections between two states of the labels.

    Parameters
    ----------
    rows : ndarray of int64, shape (reflection,)
        Rows of the reflection table, or numbers of the directions over the sphere.
    miller_index : ndarray of int64, shape (reflection, 3), or None
        Miller indices, where the table has them.
    before, after : ndarray of float64, shape (reflection,)
        A_h of the automatic and of the edited labels. Both are estimates from the same points, so that their
        difference is far more precise than either.
    standard_error : ndarray of float64, shape (reflection,)
        Standard error of ``after - before``.
    mean_error : float
        Standard error of :attr:`mean_change`, as of a factor without a unit.
    """

    rows: NDArray[np.int64]
    miller_index: NDArray[np.int64] | None
    before: NDArray[np.float64]
    after: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    mean_error: float

    @property
    def mean_change(self) -> float:
        """Change of the mean of A_h over the reflections."""
        return float((self.after - self.before).mean())

    @property
    def spread_change(self) -> float:
        """Change of the standard deviation of A_h over the reflections."""
        return float(self.after.std() - self.before.std())

    @property
    def mean_relative_change(self) -> float:
        """Mean over the reflections of the absolute relative change, |ΔA|/A."""
        return float(np.abs(self._relative).mean())

    @property
    def worst(self) -> int:
        """Place of the reflection whose A_h changed most, relatively, in the columns."""
        return int(np.abs(self._relative).argmax())

    @property
    def worst_change(self) -> float:
        """Relative change of A_h of the reflection where it is largest, with its sign."""
        return float(self._relative[self.worst])

    @property
    def _relative(self) -> NDArray[np.float64]:
        """Relative change of each; none where A was 0, because all is absorbed."""
        return np.divide(self.after - self.before, self.before, out=np.zeros_like(self.before), where=self.before > 0)
