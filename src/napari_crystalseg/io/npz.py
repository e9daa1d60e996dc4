"""Raw scans as a NumPy archive: ``raw``, ``flat``, ``dark`` and ``angles_deg``."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..provenance import Provenance
from ..scan import Scan

_KEYS = ("raw", "flat", "dark", "angles_deg")


def is_scan(path: Path) -> bool:
    """Whether an archive has the arrays of a raw scan."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            return set(_KEYS) <= set(archive.files)
    except (ValueError, OSError, zipfile.BadZipFile) as error:
        raise InputError(f"{path.name} is truncated or damaged and cannot be read as .npz ({error}).") from error


def read_npz(path: Path) -> Scan:
    """Read ``raw`` (angle, row, column), ``flat`` and ``dark`` (frames or their mean) and ``angles_deg`` (angle,).

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
    except InputError:
        raise
    except (ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(f"{path.name} is truncated or damaged and cannot be read as .npz ({error}).") from error
    return Scan(raw, flat, dark, angles, provenance=Provenance.of_file(path))
