"""What the stage Simulate asks of the worker process: plain functions, without Qt."""

from __future__ import annotations

import os
from pathlib import Path

from ...labels import Labels
from ...progress import Progress, silent
from .folder import make_folder


def make_variants(
    labels: Labels, folder: str, n: int, seed: int, size: int | None = None, progress: Progress = silent
) -> list[str]:
    """Simulate variants of labels, each in a folder of its own.

    Parameters
    ----------
    labels : Labels
        Corrected labels.
    folder : str
        Folder to write to; made where it is missing.
    n, seed : int
        Number of cases, and seed of the series.
    size : int or None
        Detector columns, as :class:`~..simulation.requests.variant_request.VariantRequest` takes them.
    progress : Progress
        Told which case is being made.

    Returns
    -------
    list of str
        The folders of the cases.
    """
    from ...simulation.requests.variant_request import VariantRequest
    from ...simulation.variants import simulate_variants

    def report(fraction: float, message: str) -> None:
        case = min(n, int(fraction * n + 1e-9) + 1)
        progress(fraction, f"case {case} of {n}" + (f", {message[:1].lower()}{message[1:]}" if message else ""))

    request = VariantRequest(seed, size=size)
    make_folder(folder)
    return [str(path) for path in simulate_variants(labels, folder, n, request, progress=report)]


def clear_unfinished_variants(folder: Path, n: int) -> str:
    """Remove the half-written case of a series that was ended; tell what is finished."""
    from ...simulation.series.case_folder import case_path, remove_unfinished

    cases = [case_path(folder, case) for case in range(n)]
    for case in cases:
        remove_unfinished(case)
    finished = sum(os.path.isdir(case) for case in cases)  # a name that cannot be is none
    return f"{finished} of {n} cases are finished in {folder}; start again to go on."
