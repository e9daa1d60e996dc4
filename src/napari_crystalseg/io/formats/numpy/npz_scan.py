"""Raw scans as a NumPy archive: ``raw``, ``flat``, ``dark`` and ``angles_deg``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ....errors import InputError, lacks_memory, shortened
from ....provenance import Provenance
from ....scan import Scan
from ...assumed.statements import Statements
from ...files.memory import check_memory

_KEYS = ("raw", "flat", "dark", "angles_deg")
_NUMBERS = ("pixel_size_um", "energy_kev", "distance_mm", "rotation_centre_px")


def is_scan(path: Path) -> bool:
    """Whether an archive has the arrays of a raw scan."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            return set(_KEYS) <= set(archive.files)
    except Exception as error:
        raise archive_error(path, error) from error


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
            check_memory(sum(member.file_size for member in archive.zip.infolist()), path.name)
            raw, flat, dark, angles = (archive[key] for key in _KEYS)
            others = {key: np.asarray(archive[key]) for key in archive.files if key not in _KEYS}
    except InputError:
        raise
    except Exception as error:
        raise archive_error(path, error) from error
    said = Statements()
    known: dict[str, Any] = {}
    for key, value in others.items():
        if key in _NUMBERS and value.size == 1 and value.dtype.kind in "iuf" and np.isfinite(value).all():
            known[key] = float(value.reshape(-1)[0])
        else:
            said.not_used(f"the array {key}")
    scan = Scan(raw, flat, dark, angles, provenance=said.recorded_in(Provenance.of_file(path)))
    return replace(scan, **known)


def archive_error(path: Path, error: Exception) -> Exception:
    """What to raise of an archive that cannot be read: NumPy and zipfile meet damage with many types of error."""
    if lacks_memory(error):
        return MemoryError(str(error))
    if "pickle" in str(error) or "Object arrays" in str(error):
        return InputError(
            f"{path.name} holds pickled Python objects, which may run code; save plain arrays of numbers."
        )
    return InputError(f"{path.name} is truncated or damaged and cannot be read as .npz ({shortened(error)}).")
