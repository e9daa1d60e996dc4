"""Where NXmx says that a detector stands: its module's vectors, through the chain of transformations."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..formats.hdf5.values import text_of
from .diffraction_image import DetectorAxes
from .turns import turn

_PER_MM = {"m": 1e3, "mm": 1.0, "um": 1e-3, "cm": 10.0}
_LONGEST_CHAIN = 30
_SAME_PLANE = float(np.cos(np.deg2rad(0.5)))
# NeXus takes McStas's frame, in which the beam travels along +z; DIALS's has the source at +Z. Half a turn about y.
_TO_DIALS = np.diag([-1.0, 1.0, -1.0])


def is_curved(entry: Any, detector: Any) -> bool:
    """Whether a detector has several modules that look into different directions."""
    normals = []
    for module in _modules(detector):
        fast, slow = (_direction(module[f"{name}_pixel_direction"]) for name in ("fast", "slow"))
        start = module.get("module_offset", module["fast_pixel_direction"])
        turned = _frame(entry, start, include="module_offset" in module)[:3, :3]
        normals.append(np.cross(turned @ fast, turned @ slow))
    return len(normals) > 1 and min(float(normals[0] @ one) for one in normals) < _SAME_PLANE


def nxmx_axes(entry: Any, detector: Any) -> DetectorAxes | None:
    """Read the place of a detector of one module; None where there is none, or several.

    Parameters
    ----------
    entry, detector : h5py.Group
        The NXentry and its NXdetector.
    """
    modules = _modules(detector)
    if len(modules) != 1:
        return None
    module = modules[0]
    fast, slow = (_direction(module[f"{name}_pixel_direction"]) for name in ("fast", "slow"))
    # The offset of the module is a step of its own; without one, its axes hang on the detector's.
    offset = module.get("module_offset")
    frame = _frame(entry, module["fast_pixel_direction"] if offset is None else offset, include=offset is not None)
    turned = _TO_DIALS @ frame[:3, :3]
    origin = _TO_DIALS @ frame[:3, 3]
    if np.linalg.norm(origin) == 0:
        return None
    return DetectorAxes(origin, turned @ fast, turned @ slow, np.array([0.0, 0.0, 1.0]))


def _modules(detector: Any) -> list[Any]:
    return [
        child
        for child in (detector.get(name) for name in detector)
        if hasattr(child, "keys") and "fast_pixel_direction" in child
    ]


def _direction(axis: Any) -> NDArray[np.float64]:
    vector = np.asarray(axis.attrs["vector"], dtype=float).reshape(3)
    if not np.linalg.norm(vector) > 0:
        raise InputError("a direction of length zero")
    unit: NDArray[np.float64] = vector / np.linalg.norm(vector)
    return unit


def _frame(entry: Any, axis: Any, include: bool) -> NDArray[np.float64]:
    """The matrix (4, 4) from what hangs on an axis to the laboratory, mm."""
    matrix = np.eye(4)
    for step in range(_LONGEST_CHAIN):
        if step or include:
            matrix = _matrix(axis) @ matrix
        parent = text_of(axis.attrs.get("depends_on", ".")).strip()
        if parent in (".", ""):
            return matrix
        axis = entry.file[parent] if parent.startswith("/") else axis.parent[parent]
    raise InputError("transformations that depend on each other in a circle")


def _matrix(axis: Any) -> NDArray[np.float64]:
    matrix = np.eye(4)
    value = float(np.asarray(axis[()], dtype=float).reshape(-1)[0])
    unit = text_of(axis.attrs.get("units", "")).strip().lower()
    if text_of(axis.attrs.get("transformation_type", "translation")).strip() == "rotation":
        matrix[:3, :3] = turn(_direction(axis), np.degrees(value) if unit.startswith("rad") else value)
    elif value:
        matrix[:3, 3] = _direction(axis) * value * _PER_MM.get(unit, 1e3)
    if "offset" in axis.attrs:
        offset = np.asarray(axis.attrs["offset"], dtype=float).reshape(3)
        unit = text_of(axis.attrs.get("offset_units", axis.attrs.get("units", ""))).strip().lower()
        matrix[:3, 3] += offset * _PER_MM.get(unit, 1e3)
    return matrix
