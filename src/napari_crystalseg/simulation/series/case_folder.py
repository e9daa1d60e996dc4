"""Case folder: scan, volumes, labels and manifest of one simulated case, whole or absent."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...io.files.lock import locked
from ...labels import Labels
from ...provenance import hash_file
from ...scan import Scan
from ...texts.json_text import parse_json
from ...volume import Volume
from ..priors import Priors

# A run that clears up in the very moment in which a folder is made does not do so twice.
_TRIES = 5


def case_path(out_dir: Path, case: int) -> Path:
    """Folder of a case in that of its series."""
    return out_dir / f"case_{case:04d}"


def is_finished(folder: Path, request: Mapping[str, Any]) -> bool:
    """Whether a folder holds the case that is asked for.

    Raises
    ------
    InputError
        It holds something else, or may not be read.
    """
    try:
        if not folder.exists():
            return False
        made = parse_json((folder / "manifest.json").read_text(encoding="utf-8"))["request"]
    except PermissionError as error:
        raise InputError(f"{folder} cannot be read ({error.strerror}); choose another folder.") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{folder} exists but holds no finished case; remove it or choose another folder.") from error
    made = _with_priors_of_today(made)
    if made != request:
        raise InputError(f"{folder} was made with {_differences(made, request)}; choose another folder.")
    return True


def _with_priors_of_today(made: Any) -> Any:
    """A request with its priors as this version writes them, so that series that were begun before go on."""
    priors = made.get("priors") if isinstance(made, Mapping) else None
    if not isinstance(priors, Mapping):
        return made
    try:
        today = Priors.from_dict(priors).to_dict()
    except InputError:
        return made
    # Variants leave out what the labels give.
    return {**made, "priors": {section: value for section, value in today.items() if section in priors}}


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
    scan: Scan | None,
    volumes: Mapping[str, Volume],
    labels: Labels,
    request: Mapping[str, Any],
    description: Mapping[str, Any],
    labels_file: str = "labels.tif",
) -> None:
    """Write a case to a folder, which appears when everything in it is written.

    Parameters
    ----------
    folder : Path
        Gets ``scan.h5`` where there is a scan, the labels, ``manifest.json`` and a file for each volume. Its parent
        must exist.
    scan : Scan or None
        Raw scan; None of labels that were not scanned.
    volumes : mapping of str to Volume
        Volumes by the names of their files, less ``.tif``.
    labels : Labels
        Truth on the volumes' grid.
    request, description : mapping
        What was asked for, by which the case is known again, and what was drawn; JSON values.
    labels_file : str
        Name of the labels' file; its suffix says how they are stored.

    Raises
    ------
    InputError
        The disk is full, the place may not be written, or another case has come to lie there meanwhile. When it is the
        same case, made by another run, it stays.
    """
    from ...io import save_json, save_labels, save_scan, save_volume

    remove_unfinished(folder)
    try:
        with _beside(folder) as beside:
            # A seed keeps its bytes from version to version; the record of the scan has its true axis.
            if scan is not None:
                save_scan(scan, beside / "scan.h5", centre_field=False)
            save_labels(labels, beside / labels_file)
            for name, volume in volumes.items():
                save_volume(volume, beside / f"{name}.tif")
            # By name, so that a case of which something was removed meanwhile cannot pass for whole.
            files = sorted(
                [labels_file, *(["scan.h5"] if scan is not None else []), *(f"{name}.tif" for name in volumes)]
            )
            record = {
                "request": dict(request),
                "description": dict(description),
                "class_volume_um3": {m.title: v for m, v in labels.volumes_um3().items()},
                "files": {name: hash_file(beside / name) for name in files},
                "provenance": labels.provenance.to_dict(),
            }
            save_json(record, beside / "manifest.json")
            try:
                os.replace(beside, folder)
            except OSError:
                if not is_finished(folder, request):
                    raise
    except OSError as error:
        raise InputError(f"{folder} cannot be written ({error.strerror or error}); choose another place.") from error


def remove_unfinished(folder: Path) -> None:
    """Remove what was written of a case before its maker was ended, however it was ended."""
    try:
        names = os.listdir(folder.parent)
    except OSError:
        # Where there is no folder, nothing is left.
        return
    for name in names:
        if name.startswith(f".{folder.name}.") and name.endswith(".part"):
            with locked(folder.parent / name) as left:
                if left:
                    shutil.rmtree(folder.parent / name, ignore_errors=True)


@contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """A new folder for a case to be written to, which no other run takes for left over; gone when the block ends."""
    for _ in range(_TRIES):
        beside = folder.parent / f".{folder.name}.{secrets.token_hex(4)}.part"
        beside.mkdir()
        with locked(beside) as ours:
            # Another run may have cleared it up before it was locked.
            if ours and beside.exists():
                try:
                    yield beside
                finally:
                    shutil.rmtree(beside, ignore_errors=True)
                return
        shutil.rmtree(beside, ignore_errors=True)
    raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))
