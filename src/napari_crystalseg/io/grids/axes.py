"""Axes of an array as it lies in a file, laid along (z, y, x)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ChoiceNeeded, InputError
from .single_slice import ONE_SLICE, with_thickness

_NAMES = {
    **dict.fromkeys(("z", "slice", "slices", "plane", "planes", "depth"), "z"),
    **dict.fromkeys(("y", "row", "rows", "height"), "y"),
    **dict.fromkeys(("x", "column", "columns", "col", "cols", "width"), "x"),
    **dict.fromkeys(("c", "channel", "channels", "s", "sample", "samples"), "c"),
    **dict.fromkeys(("t", "time", "times", "timepoint"), "t"),
    **dict.fromkeys(("angle", "angles", "theta", "rotation_angle", "rotation angle", "projection"), "angle"),
}
# In Savu's volumes the rotation axis is voxel_y, and the beam runs along voxel_z at angle zero.
_SAVU = {"voxel_x": "x", "voxel_y": "z", "voxel_z": "y"}
_SPACE = "zyx"
_WHICH = "say which axis of the array is which by --axes, such as --axes xzy (z is the rotation axis)"


@dataclass(frozen=True)
class Arrangement:
    """Which axes of a stored array are z, y and x, and in which direction they run.

    Parameters
    ----------
    stored : tuple of int
        Shape of the array in the file.
    order : tuple of int
        Places of z, y and x among the axes of the file; of y and x for a single slice.
    picked : mapping of int to int
        Which of its values is taken of each axis that is left out.
    flipped : tuple of bool
        Whether z, y and x run downwards in the file, as many as in ``order``.
    assumed : tuple of str
        What had to be assumed.
    """

    stored: tuple[int, ...]
    order: tuple[int, ...]
    picked: Mapping[int, int]
    flipped: tuple[bool, ...]
    assumed: tuple[str, ...] = ()

    @property
    def is_slice(self) -> bool:
        """Whether it is a single slice, without an axis z."""
        return len(self.order) == 2

    @property
    def as_stored(self) -> bool:
        """Whether the values lie in the file as they are wanted, one slice after the other."""
        kept = [axis for axis in range(len(self.stored)) if axis not in self.picked]
        whole = all(self.stored[axis] == 1 for axis in self.picked)
        return whole and list(self.order) == kept and not any(self.flipped)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of voxels along (z, y, x)."""
        lengths = tuple(self.stored[axis] for axis in self.order)
        z, y, x = (1, *lengths) if self.is_slice else lengths
        return z, y, x

    def key(self, first: int, last: int) -> tuple[slice | int, ...]:
        """What to ask of the stored array for the slices from ``first`` to ``last`` (exclusive)."""
        key: list[slice | int] = [self.picked.get(axis, slice(None)) for axis in range(len(self.stored))]
        if not self.is_slice:
            axis, count = self.order[0], self.shape[0]
            key[axis] = slice(count - last, count - first) if self.flipped[0] else slice(first, last)
        return tuple(key)

    def laid(self, block: NDArray[Any]) -> NDArray[Any]:
        """Lay what the stored array gave for :meth:`key` along (z, y, x)."""
        kept = sorted(self.order)
        block = block.transpose([kept.index(axis) for axis in self.order])
        block = block[tuple(slice(None, None, -1) if turned else slice(None) for turned in self.flipped)]
        return block[np.newaxis] if self.is_slice else block

    def sizes(self, stored: Sequence[float | None]) -> tuple[float, float, float] | None:
        """Lay voxel sizes of the axes of the file along (z, y, x); None where one of them is not known.

        A single slice is taken to be as thick as its pixels are wide.
        """
        known = [stored[axis] for axis in self.order]
        if any(size is None for size in known):
            return None
        sizes = tuple(float(size) for size in known if size is not None)
        if self.is_slice:
            return with_thickness(sizes)
        z, y, x = sizes
        return z, y, x

    def turned_over(self, names: str, why: str) -> Arrangement:
        """Return the arrangement with axes turned over, and the reason among what was assumed."""
        wanted = "yx" if self.is_slice else _SPACE
        flipped = tuple(was != (axis in names) for axis, was in zip(wanted, self.flipped, strict=True))
        return Arrangement(self.stored, self.order, self.picked, flipped, (*self.assumed, why))


def find_arrangement(
    shape: tuple[int, ...],
    names: Sequence[str] | None = None,
    given: str | None = None,
    picks: Mapping[str, int] | None = None,
    stacked: bool = False,
) -> Arrangement:
    """Find out how a stored array lies.

    Parameters
    ----------
    shape : tuple of int
        Of the array in the file.
    names : sequence of str, optional
        What the file calls its axes, one name an axis; an empty one is none.
    given : str, optional
        What the user calls them, one letter an axis: z, y, x, c or t. Axes of length one may be left out.
    picks : mapping of str to int, optional
        Which channel (c) or time (t) is wanted.
    stacked : bool
        Whether images along channels or time, without an axis z, are taken as slices.

    Raises
    ------
    InputError
        Axes that cannot be told, more than three, several channels or times of which none is chosen, or an empty array.
    """
    if 0 in shape:
        raise InputError(f"The volume is empty (shape {shape}).")
    wanted, assumed = _letters_of_axes(shape, list(names or ()), given)
    if "angle" in wanted:
        raise InputError(
            "One of its axes is an angle, so that it holds projections or sinograms; open a reconstructed volume."
        )
    if not any(wanted):
        return _arrangement_without_names(shape)
    order, picked, chosen = {}, {}, dict(picks or {})
    others = [axis for axis, name in enumerate(wanted) if name not in _SPACE or not name]
    if "z" not in wanted and stacked:
        long = [axis for axis in others if shape[axis] > 1 and wanted[axis] not in chosen]
        if len(long) == 1:
            what = {"c": "channels", "t": "times"}.get(wanted[long[0]], f"images along '{wanted[long[0]]}'")
            assumed.append(f"its {shape[long[0]]} {what} are taken as slices along z")
            wanted[long[0]] = "z"
    for axis, name in enumerate(wanted):
        if name and name in _SPACE:
            if name in order:
                raise axes_needed(f"Two of its axes are called {name}; {_WHICH}.", shape)
            order[name] = axis
        elif shape[axis] == 1:
            picked[axis] = 0
        elif name in chosen:
            if not 0 <= chosen[name] < shape[axis]:
                raise InputError(f"There is no {name}={chosen[name]}; along '{name}' are 0 to {shape[axis] - 1}.")
            picked[axis] = chosen[name]
        else:
            how = f"choose it, such as --dataset {name}=0, or save one channel and one time as an image of its own"
            told = (
                f"It has {len(shape)} axes (shape {shape}), with {shape[axis]} values along "
                f"'{name or 'an axis without a name'}' besides z, y and x, and a volume has one: "
            )
            if name not in ("c", "t"):
                raise axes_needed(f"{told}{_WHICH}.", shape)
            what = {"c": "channel", "t": "time"}[name]
            offered = [(f"{name}={number}", f"{what} {number}") for number in range(shape[axis])]
            raise ChoiceNeeded(f"{told}{how}.", "dataset", offered)
    unused = sorted(set(chosen) - {wanted[axis] for axis in picked})
    if unused:
        raise InputError(f"It has no axis '{unused[0]}' to choose from; its shape is {shape}.")
    if set(order) == set(_SPACE):
        places = tuple(order[name] for name in _SPACE)
    elif set(order) == set("yx"):
        places = (order["y"], order["x"])
        assumed.insert(0, ONE_SLICE)
    else:
        raise axes_needed(
            f"It has {len(order)} axes in space ({', '.join(order) or 'none'}) but a volume needs three (z, y, x); "
            f"{_WHICH}.",
            shape,
        )
    return Arrangement(tuple(shape), places, picked, (False,) * len(places), tuple(assumed))


def _letters_of_axes(shape: tuple[int, ...], names: list[str], given: str | None) -> tuple[list[str], list[str]]:
    """Letter of each axis, empty where nothing tells, and what was assumed."""
    if given is not None:
        return _order_given(shape, given), []
    if not any(name.strip() for name in names):
        return [""] * len(shape), []
    if len(names) != len(shape):
        said = f"It names {len(names)} axes ({', '.join(names)}) for an array of {len(shape)}"
        raise axes_needed(f"{said}; {_WHICH}.", shape)
    plain = [_plain(name) for name in names]
    spoken = ", ".join(names)
    if set(_SAVU) <= set(plain):
        letters = [_SAVU.get(name, _NAMES.get(name, name)) for name in plain]
        return letters, [f"its axes {spoken} are Savu's: voxel_y is the rotation axis (z), voxel_z the beam's (y)"]
    letters = [_NAMES.get(name, "") for name in plain]
    long = [axis for axis, length in enumerate(shape) if length > 1 or letters[axis] in tuple(_SPACE)]
    strange = [axis for axis in long if not letters[axis]]
    if not strange:
        return [letter or "?" for letter in letters], []
    # Names that are not known stand for what is left, where the order leaves no doubt of that.
    space = _SPACE[-len(long) :] if len(long) in (2, 3) else ""
    if not space or any(letters[axis] not in ("", wanted) for axis, wanted in zip(long, space, strict=True)):
        raise axes_needed(f"It has {len(shape)} axes, called {spoken}, which are not all known; {_WHICH}.", shape)
    for axis, wanted in zip(long, space, strict=True):
        letters[axis] = wanted
    said = f"its axes are called {spoken}, which are not known: taken as {', '.join(space)} (--axes gives others)"
    return [letter or "?" for letter in letters], [said]


def _order_given(shape: tuple[int, ...], given: str) -> list[str]:
    letters = list(given.strip().lower().replace(",", "").replace(" ", ""))
    if not letters or set(letters) - set("zyxct") or len(set(letters)) < len(letters):
        raise InputError(f"--axes is one letter an axis, of z, y, x, c and t, each once, such as xzy; not '{given}'.")
    if len(letters) == len(shape):
        return letters
    long = [axis for axis, length in enumerate(shape) if length > 1]
    if len(letters) != len(long):
        raise InputError(f"--axes {given} names {len(letters)} axes but the array has {len(shape)} (shape {shape}).")
    found = ["?"] * len(shape)
    for axis, letter in zip(long, letters, strict=True):
        found[axis] = letter
    return found


def _arrangement_without_names(shape: tuple[int, ...]) -> Arrangement:
    """Arrange axes that have no names: (z, y, x), or (y, x), among others of length one."""
    kept = list(range(len(shape)))
    while len(kept) > 3 and (single := next((axis for axis in kept if shape[axis] == 1), None)) is not None:
        kept.remove(single)
    if len(kept) not in (2, 3):
        raise axes_needed(
            f"A volume must have 3 axes (z, y, x), or the 2 of a single slice; this has {len(shape)} axes (shape "
            f"{shape}).",
            shape,
        )
    picked = {axis: 0 for axis in range(len(shape)) if axis not in kept}
    return Arrangement(tuple(shape), tuple(kept), picked, (False,) * len(kept), (ONE_SLICE,) if len(kept) == 2 else ())


def axes_needed(text: str, shape: tuple[int, ...]) -> ChoiceNeeded:
    """Refuse axes that cannot be told, and offer the orders that an array of this shape may have."""
    long = [length for length in shape if length > 1]
    letters = {3: _SPACE, 4: "czyx", 5: "tczyx"}.get(len(long), "")
    orders = ["".join(order) for order in permutations(letters)] if len(letters) in (3, 4) else []
    # Channels lie first or last; all else has to be typed in.
    orders = [order for order in orders if "c" not in order or "c" in (order[0], order[-1])]
    return ChoiceNeeded(text, "axes", [(order, ", ".join(order)) for order in orders])


def axis_letter(name: str) -> str:
    """Letter that a name of an axis stands for: z, y, x, c, t, or "angle"; empty where it is not known."""
    plain = _plain(name)
    # As detector_y and detector_x.
    return _NAMES.get(plain) or _NAMES.get(plain.rpartition("_")[2], "")


def _plain(name: str) -> str:
    """Name without a unit behind it, in lower case."""
    return re.sub(r"\s*[\[(].*$", "", name.strip().lower())
