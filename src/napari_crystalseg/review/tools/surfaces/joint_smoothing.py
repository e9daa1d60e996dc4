"""Smooth the surfaces of all classes together, so that each voxel stays of one class."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from ....checks import checked_number
from ....labels import Material
from ....progress import Progress, silent
from ...edits.change import Change
from ..class_box import class_box, with_margin
from ..need import Need
from ..proposed_change import proposed
from ..scene import Scene

_ROUNDS = 8
_SLAB_VOXELS = 1 << 24


def smooth_jointly(
    labels: NDArray[np.uint8],
    sigma_um: float,
    voxel_size_um: tuple[float, float, float],
    protect_films: bool = True,
    progress: Progress = silent,
) -> Change | None:
    """Smooth all classes with one Gaussian, and give each voxel to the class that has most of it.

    A weight of each class, found in some rounds, keeps its volume.

    Parameters
    ----------
    labels : ndarray of uint8, shape (z, y, x)
        Labels.
    sigma_um : float
        Standard deviation of the Gaussian, µm. Roughness below about twice that goes.
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.
    protect_films : bool
        Parts that smoothing would remove whole, such as a film of two voxels, stay as they are when they are larger
        than a ball of twice the width; smaller specks go. Where they are not protected,
        :func:`~napari_crystalseg.review.tools.proposed_change.volume_changes_um3` tells what would be lost.
    progress : Progress
        Told how far it is.

    Returns
    -------
    Change or None
    """
    sigma_um = checked_number(sigma_um, "The width of smoothing in µm")
    tight = class_box(labels, *(int(material) for material in Material if material != Material.AIR))
    if tight is None or sigma_um == 0:
        return None
    box = with_margin(tight, 3 * sigma_um, voxel_size_um, labels.shape)
    here = labels[box]
    sigma = sigma_um / np.asarray(voxel_size_um)
    classes = np.flatnonzero(np.bincount(here.reshape(-1), minlength=len(Material))).astype(np.uint8)
    band = _near_surfaces(here, sigma)
    if len(classes) < 2 or not band.any():
        return None
    shares = _shares(here, band, classes, sigma, progress)
    after = here.copy()
    after[band] = _balanced(shares, here[band], classes, float(np.prod(sigma) ** (1 / 3)))
    if protect_films:
        progress(0.9, "Protecting thin films")
        for label in classes:
            _restore_films(here, after, int(label), sigma)
    return proposed(labels, box, after)


def _windows(sigma: NDArray[np.float64], width: float) -> tuple[int, ...]:
    return tuple(2 * int(np.ceil(width * edge)) + 1 for edge in sigma)


def _near_surfaces(here: NDArray[np.uint8], sigma: NDArray[np.float64]) -> NDArray[np.bool_]:
    # Where a window of 1.5 sigma to each side holds one class, that class has more than half of the smoothed voxel.
    from scipy.ndimage import maximum_filter, minimum_filter

    window = _windows(sigma, 1.5)
    near: NDArray[np.bool_] = maximum_filter(here, window) != minimum_filter(here, window)
    return near


def _slabs(shape: tuple[int, ...], margin: int) -> Iterator[tuple[slice, slice]]:
    """Yield slabs of planes: those that are wanted, and those with a margin about them."""
    planes = max(1, _SLAB_VOXELS // (shape[1] * shape[2]))
    for start in range(0, shape[0], planes):
        stop = min(shape[0], start + planes)
        yield slice(start, stop), slice(max(0, start - margin), min(shape[0], stop + margin))


def _shares(
    here: NDArray[np.uint8],
    band: NDArray[np.bool_],
    classes: NDArray[np.uint8],
    sigma: NDArray[np.float64],
    progress: Progress,
) -> NDArray[np.float32]:
    from scipy.ndimage import gaussian_filter

    shares = np.empty((len(classes), int(np.count_nonzero(band))), np.float32)
    done = 0
    for own, around in _slabs(here.shape, int(np.ceil(3 * sigma[0])) + 1):
        progress(0.8 * own.start / len(here), "Smoothing all classes")
        wanted = band[own]
        count = int(np.count_nonzero(wanted))
        inner = slice(own.start - around.start, own.stop - around.start)
        for row, label in enumerate(classes):
            smoothed = gaussian_filter((here[around] == label).astype(np.float32), sigma, mode="nearest", truncate=3)
            shares[row, done : done + count] = smoothed[inner][wanted]
        done += count
    return shares


def _balanced(
    shares: NDArray[np.float32], before: NDArray[np.uint8], classes: NDArray[np.uint8], sigma_voxels: float
) -> NDArray[np.uint8]:
    """Return the class of each voxel of the band, with a weight of each class that keeps its volume."""
    wanted = np.array([np.count_nonzero(before == label) for label in classes])
    weights = np.zeros(len(classes), np.float32)
    best, least = shares.argmax(axis=0), np.inf
    for _ in range(_ROUNDS):
        trial = (shares + weights[:, None]).argmax(axis=0)
        lack = wanted - np.bincount(trial, minlength=len(classes))
        if np.abs(lack).sum() < least:
            best, least = trial, np.abs(lack).sum()
        # A band is about 3 sigma wide, and across a flat surface shares fall by 0.4 a sigma.
        surface = np.maximum(wanted, 1) / (1.5 * max(sigma_voxels, 0.5))
        weights += (0.4 * lack / surface / max(sigma_voxels, 0.5)).astype(np.float32)
        # Beyond that classes would grow elsewhere for what they lost in films.
        weights = np.clip(weights - weights.mean(), -0.15, 0.15)
    made: NDArray[np.uint8] = classes[best]
    return made


def _restore_films(here: NDArray[np.uint8], after: NDArray[np.uint8], label: int, sigma: NDArray[np.float64]) -> None:
    from scipy.ndimage import label as number
    from scipy.ndimage import maximum_filter

    lost = (here == label) & (after != label)
    if not lost.any():
        return
    # What is lost beside what stays is roughness; what is lost with all about it is a film or a speck.
    beside = maximum_filter((after == label).view(np.uint8), _windows(sigma, 1.0)).view(bool)
    alone = lost & ~beside
    if not alone.any():
        return
    numbers, count = number(alone, np.ones((3, 3, 3), bool))
    kept = np.bincount(numbers.reshape(-1), minlength=count + 1) > 4 / 3 * np.pi * np.prod(2 * sigma)
    kept[0] = False
    if not kept.any():
        return
    restored = lost & maximum_filter(kept[numbers].view(np.uint8), _windows(sigma, 1.0)).view(bool)
    after[restored] = label


@dataclass(frozen=True)
class SmoothJointly:
    """Smooth all classes together.

    Parameters
    ----------
    sigma_um : float
        Standard deviation of the Gaussian, µm.
    protect_films : bool
        Thin films stay.
    """

    sigma_um: Annotated[float, {"min": 0.0, "max": 100.0, "label": "width, µm"}] = 1.5
    protect_films: Annotated[bool, {"label": "keep thin films"}] = True

    title: ClassVar[str] = "Smooth all"
    key: ClassVar[str] = "Shift-J"
    hint: ClassVar[str] = "All surfaces are smoothed together; volumes and thin films stay."
    needs: ClassVar[Need] = Need.NOTHING

    def propose(self, scene: Scene) -> Change | None:
        """Return the smoothed labels."""
        return smooth_jointly(
            scene.labels, self.sigma_um, scene.voxel_size_um, self.protect_films, progress=scene.progress
        )
