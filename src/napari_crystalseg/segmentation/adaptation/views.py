"""Views of one sample that must get the same labels: mirrored, and with voxel values varied as instruments do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from ..grids.normalisation import CLIP

if TYPE_CHECKING:
    import torch

_CONTRAST = 0.2
_GAMMA = 0.2
_NOISE = 0.08
_BLUR_VOXELS = 0.8
_SLOPE = 0.1


@dataclass(frozen=True)
class View:
    """One way to show a sample.

    Parameters
    ----------
    mirrored : tuple of int
        Axes of (z, y, x) that are mirrored.
    contrast : float
        Factor on the differences within the sample, about the sample's level 1.
    gamma : float
        Power of the voxel values between air and three times the sample's level.
    noise : float
        Standard deviation of the noise that is added, in units of the sample's height above air.
    blur_voxels : float
        Standard deviation of the blur.
    slope : tuple of float
        Relative change of brightness from one end of each axis to the other.
    noise_seed : int
        Seed of the noise.
    """

    mirrored: tuple[int, ...]
    contrast: float
    gamma: float
    noise: float
    blur_voxels: float
    slope: tuple[float, float, float]
    noise_seed: int

    @classmethod
    def drawn(cls, rng: np.random.Generator, mirror_axes: tuple[int, ...]) -> Self:
        """Draw a view.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of every choice.
        mirror_axes : tuple of int
            Axes of (z, y, x) along which the network may be shown mirror images.
        """
        mirrored = tuple(axis for axis in mirror_axes if rng.random() < 0.5)
        z, y, x = (float(value) for value in rng.uniform(-_SLOPE, _SLOPE, 3))
        return cls(
            mirrored,
            contrast=float(np.exp(rng.uniform(-_CONTRAST, _CONTRAST))),
            gamma=float(np.exp(rng.uniform(-_GAMMA, _GAMMA))),
            noise=float(rng.uniform(0, _NOISE)),
            blur_voxels=float(rng.uniform(0, _BLUR_VOXELS)),
            slope=(z, y, x),
            noise_seed=int(rng.integers(2**31)),
        )

    def of(self, voxel_values: torch.Tensor) -> torch.Tensor:
        """Show a sample so.

        Parameters
        ----------
        voxel_values : tensor of float32, shape (1, 1, z, y, x)
            Normalised voxel values.

        Returns
        -------
        tensor of float32, shape (1, 1, z, y, x)
        """
        import torch

        # Within the sample alone: air stays where it is.
        weight = voxel_values.clamp(0, 1)
        seen = voxel_values + weight * (voxel_values - 1) * (self.contrast - 1)
        seen = torch.where(seen > 0, 3 * (seen.clamp(min=0) / 3) ** self.gamma / 3 ** (1 - self.gamma), seen)
        for axis, slope in enumerate(self.slope):
            along = torch.linspace(-0.5, 0.5, voxel_values.shape[axis + 2]).reshape(
                [-1 if other == axis else 1 for other in range(3)]
            )
            seen = seen * (1 + slope * along)
        seen = _blurred(seen, self.blur_voxels)
        generator = torch.Generator().manual_seed(self.noise_seed)
        seen = seen + self.noise * torch.randn(voxel_values.shape, generator=generator)
        return torch.flip(seen.clamp(*CLIP), self._flipped)

    def undone(self, answers: torch.Tensor) -> torch.Tensor:
        """Mirror what the network answers, shape (1, class, z, y, x), back."""
        import torch

        return torch.flip(answers, self._flipped)

    @property
    def _flipped(self) -> list[int]:
        return [axis + 2 for axis in self.mirrored]


def _blurred(values: torch.Tensor, width: float) -> torch.Tensor:
    """Blur by a Gaussian of seven voxels at most, axis by axis; the outermost voxels go on."""
    import torch

    if width < 0.1:
        return values
    kernel = torch.exp(-0.5 * (torch.arange(-3, 4) / width) ** 2)
    kernel = kernel / kernel.sum()
    for axis in range(3):
        shape = [7 if other == axis else 1 for other in range(3)]
        beyond = [0] * 6
        beyond[2 * (2 - axis)] = beyond[2 * (2 - axis) + 1] = 3
        padded = torch.nn.functional.pad(values, beyond, mode="replicate")
        values = torch.nn.functional.conv3d(padded, kernel.reshape(1, 1, *shape))
    return values
