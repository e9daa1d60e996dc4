"""A compiled forest of decision trees. Imports numba: import this module only where strokes are taught."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...computing.compiled import kernel


@kernel(nogil=True)
def vote(
    features: NDArray[np.float32],
    roots: NDArray[np.int32],
    split_by: NDArray[np.int32],
    threshold: NDArray[np.float64],
    children: NDArray[np.int32],
    shares: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    """Write the mean over trees of the class shares in the leaf of each voxel.

    Parameters
    ----------
    features : ndarray of float32, shape (voxel, feature)
        What the trees ask for.
    roots : ndarray of int32, shape (tree,)
        First node of each tree.
    split_by : ndarray of int32, shape (node,)
        Feature that a node asks for; below 0 in leaves.
    threshold : ndarray of float64, shape (node,)
        A voxel goes left where its feature is at most this.
    children : ndarray of int32, shape (node, 2)
        Nodes to the left and right.
    shares : ndarray of float32, shape (node, class)
        Share of each class among the voxels that a leaf was grown from.
    out : ndarray of float32, shape (voxel, class)
        Probabilities.
    """
    classes = shares.shape[1]
    for voxel in range(len(features)):
        for label in range(classes):
            out[voxel, label] = 0.0
        for root in roots:
            node = root
            while split_by[node] >= 0:
                node = children[node, 0 if features[voxel, split_by[node]] <= threshold[node] else 1]
            for label in range(classes):
                out[voxel, label] += shares[node, label]
        for label in range(classes):
            out[voxel, label] /= len(roots)
