"""Checks that the nouns share, each with an error that says what to do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import InputError


class Shaped(Protocol):
    """An array, in memory or not."""

    @property
    def ndim(self) -> int:
        """Number of axes."""

    @property
    def size(self) -> int:
        """Number of values."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis."""


def checked_voxel_size(voxel_size_um: float | ArrayLike, what: str = "voxel size") -> tuple[float, float, float]:
    """Return a voxel size as (z, y, x) in µm; one number stands for all three axes.

    Raises
    ------
    InputError
        Neither one number nor three, or one that is not positive and finite.
    """
    size = np.asarray(voxel_size_um, dtype=float)
    if size.ndim == 0:
        size = np.repeat(size, 3)
    if size.shape != (3,):
        raise InputError(f"The {what} needs one number or three (z, y, x) in µm, not {size.size}.")
    if not (np.isfinite(size).all() and (size > 0).all()):
        raise InputError(f"The {what} must be positive and finite in µm, not {tuple(size.tolist())}.")
    return float(size[0]), float(size[1]), float(size[2])


def required_voxel_size(
    voxel_size_um: tuple[float, float, float] | None, what: str, inputs: Iterable[str] = ()
) -> tuple[float, float, float]:
    """Return a voxel size (z, y, x) in µm, or refuse one that is not known.

    Parameters
    ----------
    voxel_size_um : (float, float, float) or None
        Voxel size; None where it is not known.
    what : str
        What has it, such as "The volume".
    inputs : iterable of str
        Names of the files that it was made from; one alone is told by its name.

    Returns
    -------
    (float, float, float)
        Voxel size (z, y, x), µm.
    """
    if voxel_size_um is not None:
        return voxel_size_um
    names = list(inputs)
    raise InputError(
        f"{names[0] if len(names) == 1 else what} does not say how large its voxels are; give --voxel-size-um (in "
        "napari: 'voxel, µm' in the stage Open)."
    )


def checked_shape(array: Shaped, what: str, axes: tuple[str, ...]) -> None:
    """Refuse an array that has other axes than named, or an empty one."""
    if array.ndim != len(axes):
        raise InputError(
            f"{what} must have {len(axes)} axes ({', '.join(axes)}), not {array.ndim} (shape {array.shape})."
        )
    if array.size == 0:
        raise InputError(f"{what} is empty (shape {array.shape}).")


def checked_finite(array: NDArray[Any], what: str) -> None:
    """Refuse NaN and infinity, and say how many there are."""
    if not np.issubdtype(array.dtype, np.floating):
        return
    # One slab at a time: a mask of a whole 1024³ volume would cost a gigabyte.
    bad = sum(int(np.count_nonzero(~np.isfinite(slab))) for slab in array)
    if bad:
        raise InputError(f"{what} has {bad} values that are NaN or infinite; replace them before it is used.")


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """Return a view that refuses writing, so that a frozen noun stays as it was checked."""
    view = array.view()
    view.flags.writeable = False
    return view


def checked_number(value: Any, name: str, least: float = 0.0, most: float = np.inf) -> float:
    """Return a number between two bounds; text that reads as a number is one (YAML takes ``1e5`` for text).

    Raises
    ------
    InputError
        Not a number, NaN, or outside the bounds.
    """
    try:
        number = float("" if isinstance(value, bool) else value)
    except (TypeError, ValueError):
        raise InputError(f"{name} must be a number, not {value!r}.") from None
    if not least <= number <= most:
        bounds = f"{least:g} or more" if np.isinf(most) else f"between {least:g} and {most:g}"
        raise InputError(f"{name} must be {bounds}, not {number:g}.")
    return number


def checked_range(value: Any, name: str, least: float = 0.0, most: float = np.inf) -> tuple[float, float]:
    """Return a range (low, high) within two bounds.

    Raises
    ------
    InputError
        Not two numbers, one of them outside the bounds, low above high, or high infinite.
    """
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise InputError(f"{name} must be a range of two numbers, [low, high], not {value!r}.")
    low, high = (checked_number(one, f"Each end of {name}", least, most) for one in value)
    if low > high or np.isinf(high):
        raise InputError(f"{name} must be a range [low, high] with low at most high, both finite, not {list(value)!r}.")
    return low, high


def checked_probabilities(value: Any, name: str, of: tuple[str, ...]) -> tuple[float, ...]:
    """Return the probabilities of things that exclude each other.

    Raises
    ------
    InputError
        Not one for each, one outside 0 to 1, or a sum that is not 1.
    """
    if not isinstance(value, list | tuple) or len(value) != len(of):
        raise InputError(f"{name} must be {len(of)} probabilities ({', '.join(of)}), not {value!r}.")
    probabilities = tuple(checked_number(one, f"Each probability of {name}", 0.0, 1.0) for one in value)
    if abs(sum(probabilities) - 1) > 1e-8:
        raise InputError(
            f"The probabilities of {name} ({', '.join(of)}) must add up to 1, not {sum(probabilities):.9g}."
        )
    return probabilities
