"""Case series: cases that lie side by side in a folder, made where they are missing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Protocol

from ...errors import InputError
from ...progress import Progress, part
from .case_folder import is_finished, remove_unfinished
from .series import run_series


class CaseSeries(Protocol):
    """What a series is made of; picklable and small, since workers get it with each case."""

    def folder(self, case: int) -> Path:
        """Folder of a case; absolute, as workers may run in another working directory."""

    def request(self, case: int) -> dict[str, Any]:
        """What was asked for, by which a case is known again; JSON values."""

    def __call__(self, case: int, progress: Progress) -> None:
        """Make a case and write it to its folder."""


def check_cases(n: int, first: int) -> None:
    """Refuse a series of no cases.

    Raises
    ------
    InputError
        Fewer than one case, or a negative number of the first.
    """
    if n < 1 or first < 0:
        raise InputError(f"Ask for at least one case from number 0 on, not {n} from {first}.")


def make_missing(
    series: CaseSeries, cases: range, *, scheduler: str | None, workers: int | None, progress: Progress
) -> list[Path]:
    """Make the cases of a series that are not there yet.

    Parameters
    ----------
    series : CaseSeries
        The series. What it makes must depend on nothing but the number of the case.
    cases : range
        Numbers of the cases, one at least.
    scheduler, workers
        As in :func:`.series.run_series`.
    progress : Progress
        Called as the work goes on, with an estimate of the time left.

    Returns
    -------
    list of Path
        Folders of all cases.

    Raises
    ------
    InputError
        A folder that cannot be made or written, or that holds another case; and as :func:`.series.run_series`.
    """
    folders = [series.folder(case) for case in cases]
    out_dir = folders[0].parent
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"The folder {out_dir} cannot be made ({error.strerror}); choose another.") from error
    left = [case for case in cases if not is_finished(series.folder(case), series.request(case))]
    if left and not os.access(out_dir, os.W_OK | os.X_OK):
        raise InputError(f"The folder {out_dir} may not be written; choose another.")
    try:
        step = part(progress, 1 - len(left) / len(cases), 1.0)
        already = len(cases) - len(left)
        run_series(series, left, scheduler=scheduler, workers=workers, already_made=already, progress=step)
    except BaseException:
        if scheduler == "local":
            # Its processes have been ended wherever they were.
            for case in left:
                remove_unfinished(series.folder(case))
        raise
    progress(1.0, f"{len(cases)} cases in {out_dir}")
    return folders
