"""How the images of a TIFF lie: the axes of its stack, and which way up they are stored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from ....errors import ChoiceNeeded, InputError
from ...grids.axes import Arrangement, find_arrangement
from ...grids.choice import Choice, listed

# By the tag Orientation: whether rows and columns are exchanged, and which of them run from the other end.
_ORIENTATIONS = {
    2: (False, "x"),
    3: (False, "yx"),
    4: (False, "y"),
    5: (True, ""),
    6: (True, "x"),
    7: (True, "yx"),
    8: (True, "y"),
}
MIN_IS_WHITE = 0
SHOWN_WHITE = "the file shows small values white: voxel values are taken as stored"
"""What is said of that."""


def flips(orientation: int) -> tuple[bool, bool] | None:
    """Whether the tag Orientation turns rows and columns round; None where it exchanges them."""
    exchanged, flipped = _ORIENTATIONS.get(orientation, (False, ""))
    return None if exchanged else ("y" in flipped, "x" in flipped)


def series_of(tiff: Any, number: int = 0) -> Any:
    """One series of a file, with its axes of length one.

    From 2026.5.2 on tifffile leaves these out for good unless all series are asked for with them; before, each series
    tells its axes both ways.
    """
    return (tiff.series(squeeze=False) if callable(tiff.series) else tiff.series)[number]


def chosen_series(path: Path, tiff: Any, choice: Choice) -> int:
    """Number of the series that is wanted: the only one.

    Raises
    ------
    InputError
        Several, of which none is chosen.
    """
    names = [str(number) for number in range(len(tiff.series))]
    if (chosen := choice.among(names, "image")) is not None:
        return int(chosen)
    if len(tiff.series) == 1:
        return 0
    told = [f"{n}: {' × '.join(map(str, one.shape))}" for n, one in enumerate(tiff.series)]
    raise ChoiceNeeded(
        f"{path.name} holds {len(tiff.series)} images of different size ({listed(told)}); choose one, such as "
        "--dataset 0, or save one stack of equal slices.",
        "dataset",
        list(zip(names, told, strict=True)),
    )


def stored_axes(path: Path, series: Any) -> tuple[str, tuple[int, ...]]:
    """Letters and lengths of the axes that count: Z, Y, X, and others of more than one; of a series by `series_of`.

    Raises
    ------
    InputError
        Colours.
    """
    if hasattr(series, "get_axes"):  # tifffile before 2026.5.2
        axes, sizes = series.get_axes(squeeze=False), series.get_shape(squeeze=False)
    else:
        axes, sizes = series.axes, series.shape
    # tifffile takes three or four slices for colour planes; true colours are nearly always the last axis.
    if axes.endswith("S") and sizes[-1] > 1:
        raise InputError(f"{path.name} is a colour image; a stack of grey slices or labels is needed.")
    kept = [(axis, size) for axis, size in zip(axes, sizes, strict=True) if axis in "ZYX" or size > 1]
    if len(kept) > 3:
        # One slice by name, and a stack along another axis: the stack is meant.
        kept = [pair for pair in kept if pair != ("Z", 1)]
    return "".join(axis for axis, _ in kept), tuple(size for _, size in kept)


def tiff_arrangement(path: Path, series: Any, choice: Choice, is_one_slice: bool) -> tuple[Arrangement, str]:
    """Lay the axes of a series along (z, y, x), as its tags say; and return the letters of its axes.

    Parameters
    ----------
    path : Path
        The file.
    series : tifffile.TiffPageSeries
        The images, by :func:`series_of`.
    choice : Choice
        What the user says.
    is_one_slice : bool
        Whether an axis Z of length one is meant, and not only written by habit.

    Returns
    -------
    arrangement : Arrangement
        How the array lies.
    letters : str
        Letters of its axes, as tifffile has them.

    Raises
    ------
    InputError
        Colours, more than three axes, or several channels or times.
    """
    letters, shape = stored_axes(path, series)
    if shape and letters[0] == "Z" and shape[0] == 1 and not is_one_slice and choice.axes is None:
        letters, shape = letters[1:], shape[1:]
    # A stack without a word on its axes (I, Q) is one of slices.
    unsaid = [letter for letter in letters if letter in "IQ"]
    names = ["z" if letter in "IQ" and len(unsaid) == 1 and "Z" not in letters else letter for letter in letters]
    lay = find_arrangement(shape, names, choice.axes, choice.picks, stacked=True)
    page = series.keyframe
    said = []
    tag = page.tags.get("Orientation")
    if tag is not None and choice.axes is None:
        lay = oriented(lay, int(tag.value))
    if int(page.photometric) == MIN_IS_WHITE:
        said.append(SHOWN_WHITE)
    return replace(lay, assumed=(*lay.assumed, *said)), letters


def oriented(lay: Arrangement, orientation: int) -> Arrangement:
    """Return an arrangement with the images turned as the tag Orientation of TIFF says; 1 is upright."""
    if orientation not in _ORIENTATIONS:
        return lay
    exchanged, flipped = _ORIENTATIONS[orientation]
    if exchanged:
        *before, y, x = lay.order
        lay = replace(lay, order=(*before, x, y))
    return lay.turned_over(flipped, f"images turned as the tag Orientation ({orientation}) says")
