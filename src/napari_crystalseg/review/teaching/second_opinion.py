"""What was known before the strokes, and how far they let it be believed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...labels import Material, checked_codes
from ...segmentation.grids.working_grid import WorkingGrid

_MOST = 0.6
"""Weight of an opinion that no stroke contradicts."""
_LABELS_SURE = 0.9
"""Probability that labels without probabilities stand for."""


@dataclass(frozen=True, eq=False)
class SecondOpinion:
    """Class probabilities by a network, or by the labels so far.

    Parameters
    ----------
    probabilities : ndarray of float32, shape (z, y, x, class)
        On the working grid.
    """

    probabilities: NDArray[np.float32]

    @classmethod
    def of(
        cls,
        labels: NDArray[np.uint8] | None,
        probabilities: NDArray[np.floating] | None,
        grid: WorkingGrid,
    ) -> SecondOpinion | None:
        """Take probabilities where they are given, else labels that hold more than one class, else none.

        Parameters
        ----------
        labels : ndarray of uint8, shape (z, y, x), or None
            Labels on the grid of the volume.
        probabilities : ndarray of float, shape (class, z', y', x'), or None
            Probability of each code, on any grid over the same field.
        grid : WorkingGrid
            The grid to bring them to.

        Raises
        ------
        InputError
            Not one set of probabilities for each code, or NaN among them.
        """
        if probabilities is not None:
            found = np.asarray(probabilities)
            if found.ndim != 4 or len(found) != len(Material) or not found.size:
                raise InputError(
                    f"Probabilities need the shape ({len(Material)}, z, y, x), one for each class, not {found.shape}."
                )
            if not np.isfinite(found).all() or float(found.min()) < 0:
                raise InputError("Probabilities must be 0 or more; some are negative, NaN or infinite.")
            source = WorkingGrid(found.shape[1:], grid.working_shape)
            stacked = np.stack([source.average(one) for one in found], axis=-1)
            return cls(stacked / np.maximum(stacked.sum(axis=-1, keepdims=True), np.float32(1e-6)))
        if labels is None:
            return None
        checked_codes(int(labels.min()), int(labels.max()))
        if labels.min() == labels.max():
            return None
        shares = np.stack([grid.average((labels == code).astype(np.float32)) for code in Material], axis=-1)
        return cls(shares * np.float32(_LABELS_SURE) + np.float32((1 - _LABELS_SURE) / len(Material)))

    def mixed_into(
        self, evidence: NDArray[np.float32], places: NDArray[np.int64], classes: NDArray[np.uint8]
    ) -> tuple[NDArray[np.float32], dict[Material, float]]:
        """Mix the opinion into what strokes say.

        The weight of a class is how well the opinion does on the strokes, F1, from one half up: where it says a class
        and strokes another, or the reverse, that class loses weight. A class without a stroke that the opinion does not
        claim on others' strokes keeps it.

        Parameters
        ----------
        evidence : ndarray of float32, shape (z, y, x, class)
            Probabilities by the strokes.
        places : ndarray of int, shape (voxel, 3)
            Voxels with a stroke.
        classes : ndarray of uint8, shape (voxel,)
            Their classes.

        Returns
        -------
        ndarray of float32, shape (z, y, x, class)
            Mixed probabilities.
        dict of Material to float
            Weight of the opinion in each class.
        """
        said = self.probabilities[tuple(places.T)].argmax(axis=1)
        trust = np.empty(len(Material), dtype=np.float32)
        # Classes weigh alike, however long their strokes are.
        weight = 1.0 / np.bincount(classes, minlength=len(Material))[classes]
        for code in Material:
            right = float(weight[(said == code) & (classes == code)].sum())
            wrong = float(weight[(said == code) != (classes == code)].sum())
            skill = 2 * right / (2 * right + wrong) if right + wrong else 1.0
            trust[code] = _MOST * max(0.0, 2 * skill - 1)
        believed = (self.probabilities * trust).sum(axis=-1, keepdims=True)
        mixed = evidence * (1 - believed) + self.probabilities * trust
        return mixed, {code: float(trust[code]) for code in Material}
