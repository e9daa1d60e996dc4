"""What a file states beside its values in ways that no reader takes: told, so that nothing is passed over."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from ...errors import shortened

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SIZES = {
    "size",
    "ext",
    "voxel",
    "voxelsize",
    "pixel",
    "pixelsize",
    "element",
    "physical",
    "resolution",
    "spacing",
    "extent",
}
_PLACES = {"origin", "offset", "direction", "directions", "orientation", "affine", "transform", "position"}
_PLACES |= {"cor", "center", "centre"}
_ORDER = {"axes", "axis", "axisorder", "flip", "flipped", "mirrored", "binning", "bin", "roi", "region"}
_ORDER |= {"crop", "cropped"}
_VALUES = {"scale", "scl", "scaling", "slope", "inter", "intercept", "gain", "fill", "fillvalue", "missing", "nodata"}
_VALUES |= {"saturation", "calibration"}
_WORDS = _SIZES | _PLACES | _ORDER | _VALUES | {"mask", "unit", "units"}
# What is multiplied by, or counted in, one does nothing where it is one; all else does nothing where it is zero.
_ONE = {"spacing", "resolution", "scale", "scaling", "slope", "gain", "binning", "bin"}
_OF_HDF5 = {"DIMENSION_LIST", "DIMENSION_LABELS", "REFERENCE_LIST", "CLASS", "NAME", "_NCProperties"}
_LONGEST = 8


def unread(stated: Mapping[str, Any], place: str, known: Collection[str] = ()) -> list[str]:
    """Say of what a file states of scale, place, order and voxel values that it is not used.

    Parameters
    ----------
    stated : mapping
        Names and values of attributes, or of what else stands beside the voxels.
    place : str
        Where they stand, for the sentence.
    known : collection of str
        Names that are read.

    Returns
    -------
    list of str
        One sentence, or none where nothing of the kind is stated, or only what changes nothing: an origin of zero, a
        slope of one, an identity.
    """
    names = [
        name for name, value in stated.items() if name not in known and name not in _OF_HDF5 and _matters(name, value)
    ]
    if not names:
        return []
    told = ", ".join(f"{name} {_short_text(stated[name])}" for name in names[:_LONGEST])
    more = f" and {len(names) - _LONGEST} more" if len(names) > _LONGEST else ""
    as_stored = ", voxel values are taken as stored" if any(_words(name) & _VALUES for name in names) else ""
    return [f"{told}{more} ({place}): not used{as_stored}"]


def _words(name: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(name)}


def _matters(name: str, value: Any) -> bool:
    words = _words(name)
    if not words & _WORDS:
        return False
    values = np.asarray(_plain(value))
    if values.size == 0:
        return False
    if values.dtype.kind not in "biufc":
        return any(str(one).strip() for one in values.reshape(-1))
    if values.dtype.kind == "b":
        return bool(values.any())
    if words & _ONE and (values == 1).all():
        return False
    if words & _PLACES or words & {"inter", "intercept", "mask"}:
        return not ((values == 0).all() or _is_identity(values))
    return True


def _is_identity(values: Any) -> bool:
    size = round(values.size**0.5)
    return size > 1 and size * size == values.size and bool((values.reshape(size, size) == np.eye(size)).all())


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, Mapping):
        return str(dict(value))
    try:
        return np.asarray(value)
    except ValueError:  # lists of unlike lengths
        return str(value)


def _short_text(value: Any) -> str:
    values = np.asarray(_plain(value))
    if values.dtype.kind in "biuf":
        flat = values.reshape(-1)
        numbers = " ".join(str(one) if values.dtype.kind == "b" else f"{one:.6g}" for one in flat[:4])
        return numbers + (" …" if flat.size > 4 else "")
    texts = [one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one) for one in values.reshape(-1)]
    # Imaris writes its texts letter by letter.
    return shortened(("" if all(len(text) == 1 for text in texts) else " ").join(texts))
