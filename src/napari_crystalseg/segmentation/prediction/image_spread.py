"""How far the mirror images of a tile disagree."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


class ImageSpread:
    """Standard deviation of class probabilities over mirror images, kept as running sums (Welford, 1962)."""

    def __init__(self) -> None:
        self._images = 0
        self._mean: torch.Tensor | None = None
        self._squares: torch.Tensor | None = None

    def add(self, probabilities: torch.Tensor) -> None:
        """Add those of an image, shape (class, z, y, x); the tensor is written into."""
        self._images += 1
        if self._mean is None or self._squares is None:
            self._mean, self._squares = probabilities, probabilities.new_zeros(probabilities.shape)
            return
        # In place: to ask for as much memory again and again takes longer than the sums.
        step = probabilities - self._mean
        self._mean.add_(step, alpha=1 / self._images)
        self._squares.addcmul_(step, probabilities.sub_(self._mean))

    def deviation(self) -> torch.Tensor:
        """Root of the sum of the variances of the classes, shape (z, y, x)."""
        assert self._squares is not None
        return (self._squares.sum(0) / self._images).clamp(min=0).sqrt()
