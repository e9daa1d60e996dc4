"""Raw scans as a NumPy archive: ``raw``, ``flat``, ``dark`` and ``angles_deg``."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..provenance import Provenance
from ..scan import Scan
from .statements import Statements

_KEYS = ("raw", "flat", "dark", "angles_deg")
_NUMBERS = ("pixel_size_um", "energy_kev", "distance_mm", "rotation_centre_px")


def is_scan(path: Path) -> bool:
    """Whether an archive has the arrays of a raw scan."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            return set(_KEYS) <= set(archive.files)
    except (ValueError, OSError, zipfile.BadZipFile) as error:
        raise InputError(f"{path.name} is truncated or damaged and cannot be read as .npz ({error}).") from error


def read_npz(path: Path) -> Scan:
    """Read ``raw`` (angle, row, column), ``flat`` and ``dark`` (frames or their mean) and ``angles_deg`` (angle,).

    ``pixel_size_um``, ``energy_kev``, ``distance_mm`` and ``rotation_centre_px`` are read where they are numbers.

    Raises
    ------
    InputError
        Truncated, pickled, or one of the arrays is absent.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            absent = [key for key in _KEYS if key not in archive.files]
            if absent:
                raise InputError(
                    f"{path.name} is no raw scan: it has the arrays {', '.join(archive.files) or '(none)'} but not "
                    f"{', '.join(absent)}."
                )
            raw, flat, dark, angles = (archive[key] for key in _KEYS)
            others = {key: archive[key] for key in archive.files if key not in _KEYS}
    except InputError:
        raise
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(f"{path.name} is truncated or damaged and cannot be read as .npz ({error}).") from error
    said = Statements()
    known: dict[str, Any] = {}
    for key, value in others.items():
        if key in _NUMBERS and value.size == 1 and np.issubdtype(value.dtype, np.number) and np.isfinite(value).all():
            known[key] = float(value.reshape(-1)[0])
        else:
            said.not_used(f"the array {key}")
    scan = Scan(raw, flat, dark, angles, provenance=said.recorded_in(Provenance.of_file(path)))
    return replace(scan, **known)
