"""Examples that hypothesis draws: volumes, labels, changes of them, policies, places and ticks.

Importing it takes hypothesis, which the extra ``testing`` installs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from ..box import Box, shape_of
from ..labels import Labels, Material
from ..review.edits.change import Change
from ..review.edits.policy import EditPolicy
from ..review.places.place import Place
from ..review.session.review_state import Tick, Verdict
from ..volume import Quantity, Volume

Shape = tuple[int, int, int]

REASONS = ("thin film", "edge doubtful", "loop fragment", "crystal touches air")

# Halves of surrogate pairs stand for the bytes of file names that are not UTF-8.
names = st.text(st.characters(codec="utf-8") | st.characters(categories=["Cs"]), max_size=12)
"""Names of edits and places: any text, the empty one included."""

materials = st.sampled_from(Material)
"""Classes."""


def shapes(longest: int = 7) -> st.SearchStrategy[Shape]:
    """Shapes (z, y, x) of one voxel and more along each axis."""
    return st.tuples(*[st.integers(1, longest)] * 3)


def voxel_sizes_um() -> st.SearchStrategy[tuple[float, float, float]]:
    """Voxel sizes along (z, y, x), µm, of any proportions."""
    return st.tuples(*[st.floats(0.05, 50)] * 3)


def codes(shape: Shape, strange: bool = False) -> st.SearchStrategy[NDArray[np.uint8]]:
    """Writable arrays of codes.

    Parameters
    ----------
    shape : (int, int, int)
        Shape (z, y, x).
    strange : bool
        Whether codes that are no class occur too.
    """
    values = st.integers(0, max(Material))
    if strange:
        values |= st.sampled_from([5, 7, 254, 255])
    return arrays(np.uint8, shape, elements=values)


def values(shape: Shape) -> st.SearchStrategy[NDArray[np.float32]]:
    """Voxel values of a shape (z, y, x), finite, of any size."""
    elements: st.SearchStrategy[float] = st.floats(-1, 1, width=32) | st.sampled_from([0.0, 3e38, -3e38])
    return arrays(np.float32, shape, elements=elements)


def masks(shape: Shape) -> st.SearchStrategy[NDArray[np.bool_]]:
    """Masks of a shape (z, y, x), empty and full ones included."""
    full = st.booleans().map(lambda value: np.full(shape, value))
    return arrays(np.bool_, shape) | full


@st.composite
def labels(draw: st.DrawFn, shape: Shape | None = None, unknown_size: bool = False) -> Labels:
    """Labels with codes 0 to 4.

    Parameters
    ----------
    draw : callable
        Comes from hypothesis, not from who calls.
    shape : (int, int, int), optional
        Shape (z, y, x); any where it is not given.
    unknown_size : bool
        Whether the voxel size may not be known.
    """
    shape = draw(shapes()) if shape is None else shape
    size = draw(st.none() | voxel_sizes_um() if unknown_size else voxel_sizes_um())
    return Labels(draw(codes(shape)), size)


@st.composite
def volumes(draw: st.DrawFn, shape: Shape | None = None, unknown_size: bool = False) -> Volume:
    """Volumes of any finite voxel values.

    Parameters
    ----------
    draw : callable
        Comes from hypothesis, not from who calls.
    shape : (int, int, int), optional
        Shape (z, y, x); any where it is not given.
    unknown_size : bool
        Whether the voxel size may not be known.
    """
    shape = draw(shapes()) if shape is None else shape
    size = draw(st.none() | voxel_sizes_um() if unknown_size else voxel_sizes_um())
    return Volume(draw(values(shape)), size, draw(st.sampled_from(Quantity)))


@st.composite
def boxes(draw: st.DrawFn, shape: Shape, empty: bool = False) -> Box:
    """Boxes within a shape, up to its borders.

    Parameters
    ----------
    draw : callable
        Comes from hypothesis, not from who calls.
    shape : (int, int, int)
        Shape (z, y, x).
    empty : bool
        Whether boxes without a voxel occur too.
    """
    empty = empty and draw(st.integers(0, 7)) == 0  # else most would be
    sides = []
    for length in shape:
        start = draw(st.integers(0, length - (0 if empty else 1)))
        stop = draw(st.integers(start + (0 if empty else 1), length))
        sides.append(slice(start, stop))
    return sides[0], sides[1], sides[2]


@st.composite
def changes(draw: st.DrawFn, shape: Shape, empty: bool = True) -> Change:
    """Changes of labels, of one class or many.

    Parameters
    ----------
    draw : callable
        Comes from hypothesis, not from who calls.
    shape : (int, int, int)
        Shape (z, y, x) of the labels.
    empty : bool
        Whether changes of no voxel occur too.
    """
    box = draw(boxes(shape, empty))
    inner = shape_of(box)
    mask = draw(masks(inner))
    if not empty and not mask.any():
        mask = np.ones(inner, bool)
    one: Any = draw(materials.map(np.asarray) | codes(inner))
    return Change(box, mask, one)


@st.composite
def policies(draw: st.DrawFn, shape: Shape, windows: bool = True) -> EditPolicy:
    """Policies that forbid little or much.

    Parameters
    ----------
    draw : callable
        Comes from hypothesis, not from who calls.
    shape : (int, int, int)
        Shape (z, y, x) of the labels.
    windows : bool
        Whether they may have a window of voxel values, which needs a volume.
    """
    classes = st.frozensets(materials, max_size=3)
    window: st.SearchStrategy[tuple[float, float] | None] = st.none()
    if windows:
        window |= st.tuples(*[st.floats(-1, 1)] * 2).map(lambda ends: (min(ends), max(ends)))
    return EditPolicy(
        locked=draw(classes),
        over=draw(st.none() | classes),
        window=draw(window),
        region=draw(st.none() | boxes(shape, empty=True) | masks(shape)),
        kept=draw(st.none() | masks(shape)),
    )


@st.composite
def places(draw: st.DrawFn, shape: Shape) -> Place:
    """Places in labels of a shape (z, y, x)."""
    box = draw(boxes(shape))
    mask = draw(masks(shape_of(box)))
    if not mask.any():
        mask = np.ones(shape_of(box), bool)
    inside = np.argwhere(mask)
    at = inside[draw(st.integers(0, len(inside) - 1))] + [side.start for side in box]
    one, other = draw(st.permutations(list(Material)))[:2]
    return Place(
        box,
        mask,
        int(one),
        draw(st.sampled_from([None, int(other)])),
        (int(at[0]), int(at[1]), int(at[2])),
        draw(voxel_sizes_um()),
        draw(st.floats(0, 1)),
        draw(st.floats(0, 100)),
        draw(st.sampled_from(REASONS)),
    )


@st.composite
def ticks(draw: st.DrawFn, shape: Shape) -> Tick:
    """Ticks of places in labels of a shape (z, y, x); few names, so that some are ticked again."""
    z, y, x = ((side.start, side.stop) for side in draw(boxes(shape)))
    name = draw(st.sampled_from(["thin film 1", "edge doubtful 2", "°"]) | names)
    return Tick(name, draw(st.sampled_from(Verdict)), (z, y, x), draw(st.floats(0, 100)))
