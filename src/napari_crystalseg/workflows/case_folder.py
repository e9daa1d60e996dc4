"""Case folder: scan, volumes, labels and manifest of one simulated case, whole or absent."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..labels import Labels
from ..provenance import hash_file
from ..scan import Scan
from ..volume import Volume


def is_finished(folder: Path, request: Mapping[str, Any]) -> bool:
    """Whether a folder holds the case that is asked for.

    Raises
    ------
    InputError
        It holds something else.
    """
    if not folder.exists():
        return False
    try:
        made = json.loads((folder / "manifest.json").read_text())["request"]
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{folder} exists but holds no finished case; remove it or choose another folder.") from error
    if made != request:
        raise InputError(f"{folder} was made with {_differences(made, request)}; choose another folder.")
    return True


def _differences(made: Mapping[str, Any], request: Mapping[str, Any]) -> str:
    """Tell in words how two requests differ."""
    told = []
    for name in sorted({*made, *request}):
        before, now = made.get(name), request.get(name)
        if before == now:
            continue
        if isinstance(before, int | float | str | None) and isinstance(now, int | float | str | None):
            shown = ["none" if value is None else value for value in (before, now)]
            if name != "labels_sha256":
                told.append(f"{name.replace('_', ' ')} {shown[0]} instead of {shown[1]}")
                continue
        told.append(f"other {name.removesuffix('_sha256').removesuffix('_um').replace('_', ' ')}")
    return ", ".join(told)


def write_case(
    folder: Path,
    scan: Scan,
    volumes: Mapping[str, Volume],
    labels: Labels,
    request: Mapping[str, Any],
    description: Mapping[str, Any],
) -> None:
    """Write a case to a folder, which appears when everything in it is written.

    Parameters
    ----------
    folder : Path
        Gets ``scan.h5``, ``labels.tif``, ``manifest.json`` and a file for each volume. Its parent must exist.
    scan : Scan
        Raw scan.
    volumes : mapping of str to Volume
        Volumes by the names of their files, less ``.tif``.
    labels : Labels
        Truth on the volumes' grid.
    request, description : mapping
        What was asked for, by which the case is known again, and what was drawn; JSON values.
    """
    from ..io import save_json, save_labels, save_scan, save_volume

    beside = _beside(folder)
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    try:
        save_scan(scan, beside / "scan.h5")
        save_labels(labels, beside / "labels.tif")
        for name, volume in volumes.items():
            save_volume(volume, beside / f"{name}.tif")
        record = {
            "request": dict(request),
            "description": dict(description),
            "class_volume_um3": {m.title: v for m, v in labels.volumes_um3().items()},
            "files": {name: hash_file(beside / name) for name in sorted(path.name for path in beside.iterdir())},
            "provenance": labels.provenance.to_dict(),
        }
        save_json(record, beside / "manifest.json")
        os.replace(beside, folder)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def remove_unfinished(folder: Path) -> None:
    """Remove what was written of a case before its maker was ended."""
    shutil.rmtree(_beside(folder), ignore_errors=True)


def _beside(folder: Path) -> Path:
    return folder.parent / f".{folder.name}.part"
