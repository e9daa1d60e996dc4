"""Evidence: what network and voxel values say against the labels, around the sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...box import Box, box_of, grown, joined, whole
from ...errors import InputError
from ...labels import Labels, Material
from ...uncertainty import checked_uncertainty, probability_wrong
from ...volume import Volume
from .class_values import ClassValues

if TYPE_CHECKING:
    from ...segmentation.grids.class_probabilities import ClassProbabilities

UNKNOWN_DOUBT = 0.15
"""Probability that the class of a voxel at a surface is wrong, where nothing is known of it."""

_SLAB_VOXELS = 4_000_000
_MARGIN_VOXELS = 3
_SAMPLE_PROBABILITY = 0.5


@dataclass(frozen=True, eq=False)
class Evidence:
    """What is known of each voxel in a box around the sample.

    Parameters
    ----------
    box : (slice, slice, slice)
        Around all that labels or network take for sample, along (z, y, x).
    labels : ndarray of uint8, shape of the box
        The labels in it.
    wrong : ndarray of float32, shape of the box
        Probability that the label is wrong, as the network says.
    alternatives : ndarray of uint8, shape of the box
        The most probable class besides the label.
    spread : ndarray of float32, shape of the box, or None
        Disagreement of the mirror images of the network.
    values : ClassValues or None
        Voxel values in the box, and what they are in each class.
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.
    of_network : bool
        Whether the network was asked; else every surface is as doubtful as another.
    """

    box: Box
    labels: NDArray[np.uint8]
    wrong: NDArray[np.float32]
    alternatives: NDArray[np.uint8]
    spread: NDArray[np.float32] | None
    values: ClassValues | None
    voxel_size_um: tuple[float, float, float]
    of_network: bool

    @classmethod
    def gathered(
        cls,
        labels: Labels,
        volume: Volume | None,
        uncertainty: NDArray[np.uint8] | None,
        probabilities: ClassProbabilities | None,
        codes: tuple[int, ...],
    ) -> Evidence:
        """Gather it from the labels, and from what volume and network say.

        Parameters
        ----------
        labels : Labels
            The labels to doubt.
        volume : Volume, optional
            Voxel values.
        uncertainty : ndarray of uint8, shape (z, y, x), optional
            255 times the probability that the label is wrong; used where there are no class probabilities.
        probabilities : ClassProbabilities, optional
            Of the network, which need not have made the labels.
        codes : tuple of int
            Classes that may be proposed.

        Raises
        ------
        InputError
            Another shape than that of the labels, or an uncertainty that is not uint8.
        """
        for what, shape in (
            ("volume", None if volume is None else volume.data.shape),
            ("uncertainty", None if uncertainty is None else np.shape(uncertainty)),
            ("class probabilities", None if probabilities is None else probabilities.shape),
        ):
            if shape is not None and shape != labels.shape:
                raise InputError(
                    f"The {what} has {tuple(shape)} voxels and the labels {labels.shape}; give those of one grid."
                )
        if uncertainty is not None:
            checked_uncertainty(uncertainty)
        box = _around(labels, probabilities)
        data = np.ascontiguousarray(labels.data[box])
        size = labels.required_voxel_size_um
        values = None if volume is None else ClassValues.of(np.asarray(volume.data[box]), data)
        if probabilities is not None:
            wrong, alternatives, spread = _of_probabilities(data, box, probabilities, codes)
        else:
            spread = None
            near = _at_surfaces(data)
            if uncertainty is None:
                wrong = near * np.float32(UNKNOWN_DOUBT)
            else:
                wrong = probability_wrong(uncertainty[box])
            alternatives = _neighbours_class(data, near, wrong > 0, size)
            wrong[alternatives == data] = 0
            wrong[~np.isin(alternatives, codes)] = 0
        known = probabilities is not None or uncertainty is not None
        return cls(box, data, wrong, alternatives, spread, values, size, known)

    @property
    def origin(self) -> tuple[int, int, int]:
        """First voxel (z, y, x) of the box."""
        z, y, x = (side.start for side in self.box)
        return z, y, x


def _around(labels: Labels, probabilities: ClassProbabilities | None) -> Box:
    """Box around what is sample by the labels or by the network, with a margin."""
    box = box_of(labels.data)
    if probabilities is not None:
        step = _slab_slices(labels.shape)
        for start in range(0, labels.shape[0], step):
            stop = min(start + step, labels.shape[0])
            seen = box_of(probabilities.slab(start, stop)[Material.AIR] < 1 - _SAMPLE_PROBABILITY)
            if seen is not None:
                there = (slice(seen[0].start + start, seen[0].stop + start), seen[1], seen[2])
                box = there if box is None else joined(box, there)
    if box is None:
        return whole(labels.shape)
    return grown(box, (_MARGIN_VOXELS,) * 3, labels.shape)


def _slab_slices(shape: tuple[int, ...]) -> int:
    return max(1, _SLAB_VOXELS // (shape[1] * shape[2]))


def _of_probabilities(
    data: NDArray[np.uint8], box: Box, probabilities: ClassProbabilities, codes: tuple[int, ...]
) -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.float32]]:
    wrong = np.empty(data.shape, dtype=np.float32)
    alternatives = np.empty(data.shape, dtype=np.uint8)
    spread = np.empty(data.shape, dtype=np.float32)
    closed = [code for code in range(len(Material)) if code not in codes]
    step = _slab_slices(probabilities.shape)
    for start in range(box[0].start, box[0].stop, step):
        stop = min(start + step, box[0].stop)
        here = slice(start - box[0].start, stop - box[0].start)
        slab = np.ascontiguousarray(probabilities.slab(start, stop)[(slice(None), slice(None), *box[1:])])
        own = data[here][None].astype(np.int64)
        wrong[here] = np.clip(1 - np.take_along_axis(slab, own, axis=0)[0], 0, 1)
        slab[closed] = -1
        np.put_along_axis(slab, own, -1, axis=0)
        alternatives[here] = slab.argmax(axis=0)
        spread[here] = probabilities.spread_slab(start, stop)[(slice(None), *box[1:])]
    return wrong, alternatives, spread


def _at_surfaces(data: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether one of the six face neighbours of each voxel has another label."""
    found = np.zeros(data.shape, dtype=bool)
    for axis in range(3):
        here, there = np.moveaxis(data, axis, 0), np.moveaxis(found, axis, 0)
        differs = here[1:] != here[:-1]
        there[1:] |= differs
        there[:-1] |= differs
    return found


def _neighbours_class(
    data: NDArray[np.uint8],
    surface: NDArray[np.bool_],
    asked: NDArray[np.bool_],
    voxel_size_um: tuple[float, float, float],
) -> NDArray[np.uint8]:
    """Class on the other side of the nearest surface of its own region, where asked; else the own class."""
    from scipy.spatial import cKDTree

    from ...absorption.edits.sensitivity_kernel import flip_targets

    found = data.copy()
    where, places = np.argwhere(surface), np.argwhere(asked)
    if not len(where) or not len(places):
        return found
    targets = flip_targets(data, 255)
    size = np.array(voxel_size_um)
    nearest = cKDTree(where * size).query(places * size)[1]
    found[tuple(places.T)] = targets[tuple(where[nearest].T)]
    return found
