"""What voxels look like and what a network says, each believed as far as strokes that it has not seen bear it out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...labels import Material
from .forest import Forest

_FOLDS = 3
_VOXELS_A_STROKE = 6.0
"""Voxels of a stroke are alike: all together they count as so many."""
_LEAST = 0.02
_C = 1.0


@dataclass(frozen=True, eq=False)
class StackedEvidence:
    """A forest and an opinion, and the weights of what they say (stacked generalisation, Wolpert 1992).

    Parameters
    ----------
    forest : Forest
        Grown from all strokes.
    weights : ndarray of float32, shape (1 + 2 * class, class)
        Of a constant, and of the logarithms of the probabilities by the forest and by the opinion.
    codes : ndarray of int, shape (class,)
        Classes that have a stroke; no other is said.
    """

    forest: Forest
    weights: NDArray[np.float32]
    codes: NDArray[np.int64]

    @classmethod
    def learnt(
        cls,
        features: NDArray[np.float32],
        opinion: NDArray[np.float32] | None,
        labels: NDArray[np.uint8],
        strokes: NDArray[np.int64],
        seed: int,
    ) -> StackedEvidence:
        """Grow forests without some of the strokes, and learn from those how far to believe.

        Parameters
        ----------
        features : ndarray of float32, shape (voxel, feature)
            Of voxels with a stroke.
        opinion : ndarray of float32, shape (voxel, class), or None
            What was known before.
        labels : ndarray of uint8, shape (voxel,)
            Their classes.
        strokes : ndarray of int, shape (voxel,)
            Number of the stroke that each lies on, from 0 in each class.
        seed : int
            Seed of the forests.
        """
        from sklearn.linear_model import LogisticRegression

        forest = Forest.grown(features, labels, seed)
        said = np.zeros((len(labels), len(Material)), dtype=np.float32)
        for fold in range(_FOLDS):
            left_out = strokes % _FOLDS == fold
            if left_out.any():
                said[left_out] = Forest.grown(features[~left_out], labels[~left_out], seed).probabilities(
                    features[left_out]
                )
        weight = np.zeros(len(labels))
        codes = np.unique(labels)
        for code in codes:
            own = labels == code
            _, inverse, counts = np.unique(strokes[own], return_inverse=True, return_counts=True)
            weight[own] = _VOXELS_A_STROKE / counts[inverse]
            weight[own] *= 5 / len(counts)
        inputs = _inputs(said, opinion)
        learner = LogisticRegression(C=_C, max_iter=200).fit(inputs, labels, sample_weight=weight)
        coefficients, constant = learner.coef_, learner.intercept_
        if len(codes) == 2:
            coefficients, constant = np.vstack([-coefficients, coefficients]) / 2, np.append(-constant, constant) / 2
        weights = np.vstack([constant[None], coefficients.T]).astype(np.float32)
        return cls(forest, weights, codes.astype(np.int64))

    def probabilities(self, features: NDArray[np.float32], opinion: NDArray[np.float32] | None) -> NDArray[np.float32]:
        """Return the probability of each class, shape (voxel, class)."""
        at = _inputs(self.forest.probabilities(features), opinion) @ self.weights[1:] + self.weights[0]
        at = np.exp(at - at.max(axis=1, keepdims=True))
        found = np.zeros((len(features), len(Material)), dtype=np.float32)
        found[:, self.codes] = at / at.sum(axis=1, keepdims=True)
        return found


def _inputs(said: NDArray[np.float32], opinion: NDArray[np.float32] | None) -> NDArray[np.float32]:
    parts = [said] if opinion is None else [said, opinion]
    # Centred, so that a probability of all classes alike says nothing.
    return np.hstack([np.log(part + np.float32(_LEAST)) - np.log(np.float32(1 / part.shape[1])) for part in parts])
