"""A scanned case, written to its folder with every volume that was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..case import Case
from .case_folder import write_case


def write_scanned_case(
    folder: Path, made: Case, seed: int, case: int, varied: bool, request: Mapping[str, Any]
) -> None:
    """Write a scanned case: the plain volume, and with ``varied`` other volumes of the same labels.

    Parameters
    ----------
    folder : Path
        Folder of the case.
    made : Case
        The case.
    seed, case : int
        As it was simulated with; the other volumes are drawn from them.
    varied : bool
        Whether other volumes are made too.
    request : mapping
        What was asked for, by which the case is known again; JSON values.

    Raises
    ------
    InputError
        As :func:`.case_folder.write_case`.
    """
    from ..variations import variations

    volumes = {"volume": made.volume}
    if varied:
        others = variations(seed, case, made.scan, made.labels)
        volumes |= {f"volume_{name}": other for name, other in others.items()}
    write_case(folder, made.scan, volumes, made.labels, request, made.description)
