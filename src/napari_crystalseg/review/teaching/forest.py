"""A forest of decision trees that has learnt from strokes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...labels import Material

_TREES = 50
_SMALLEST_LEAF = 3


@dataclass(frozen=True, eq=False)
class Forest:
    """Decision trees in arrays; parameters as in :func:`.forest_kernel.vote`.

    Grown by scikit-learn, asked by a kernel of ours: that is ten times faster, and the order of threads does not
    change the last digit.
    """

    roots: NDArray[np.int32]
    split_by: NDArray[np.int32]
    threshold: NDArray[np.float64]
    children: NDArray[np.int32]
    shares: NDArray[np.float32]

    @classmethod
    def grown(cls, features: NDArray[np.float32], labels: NDArray[np.uint8], seed: int = 0) -> Forest:
        """Grow a forest of extremely randomised trees (Geurts, Ernst & Wehenkel 2006).

        Parameters
        ----------
        features : ndarray of float32, shape (voxel, feature)
            Features of voxels with a stroke.
        labels : ndarray of uint8, shape (voxel,)
            Their classes, which weigh alike however many voxels they have.
        seed : int
            The same seed gives the same forest.
        """
        from sklearn.ensemble import ExtraTreesClassifier

        leaf = min(_SMALLEST_LEAF, max(1, int(np.bincount(labels)[np.unique(labels)].min()) // 2))
        learner = ExtraTreesClassifier(
            _TREES, min_samples_leaf=leaf, max_features=None, class_weight="balanced", random_state=seed
        ).fit(features, labels)
        roots, parts, first = [], [], 0
        for tree in (estimator.tree_ for estimator in learner.estimators_):
            roots.append(first)
            weights = np.zeros((tree.node_count, len(Material)), dtype=np.float32)
            weights[:, learner.classes_] = tree.value[:, 0] / tree.value[:, 0].sum(axis=1, keepdims=True)
            children = np.stack([tree.children_left, tree.children_right], axis=1) + first
            parts.append((tree.feature, tree.threshold, children, weights))
            first += tree.node_count
        split_by, threshold, children, shares = (np.concatenate(part) for part in zip(*parts, strict=True))
        return cls(
            np.array(roots, dtype=np.int32), split_by.astype(np.int32), threshold, children.astype(np.int32), shares
        )

    def probabilities(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the probability of each class, shape (voxel, class), for features of shape (voxel, feature)."""
        from .forest_kernel import vote

        found = np.empty((len(features), self.shares.shape[1]), dtype=np.float32)
        vote(features, self.roots, self.split_by, self.threshold, self.children, self.shares, found)
        return found
