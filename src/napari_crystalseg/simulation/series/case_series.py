"""Case series: cases that lie side by side in a folder, made where they are missing."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ...errors import InputError
from ...progress import Progress, part
from .case_folder import case_path, is_finished, remove_unfinished
from .series import run_series


class CaseMaker(Protocol):
    """What a series is made of; picklable and small, since workers get it with each case."""

    def request(self, case: int) -> dict[str, Any]:
        """What was asked for, by which a case is known again; JSON values."""

    def write(self, folder: Path, case: int, progress: Progress) -> None:
        """Make a case and write it to its folder."""


@dataclass(frozen=True)
class CaseSeries:
    """A series of cases in a folder; makes one of them when called.

    Parameters
    ----------
    out_dir : Path
        Folder of the series; absolute, as workers may run in another working directory.
    maker : CaseMaker
        Makes the cases. What it makes must depend on nothing but the number of the case.
    """

    out_dir: Path
    maker: CaseMaker

    def folder(self, case: int) -> Path:
        """Folder of a case."""
        return case_path(self.out_dir, case)

    def request(self, case: int) -> dict[str, Any]:
        """What was asked for, by which a case is known again; JSON values."""
        return self.maker.request(case)

    def __call__(self, case: int, progress: Progress) -> None:
        """Make a case and write it to its folder, unless another run on the same folder has."""
        if not is_finished(self.folder(case), self.request(case)):
            self.maker.write(self.folder(case), case, progress)


def case_numbers(n: int, first: int) -> range:
    """Return the numbers of the cases of a series.

    Raises
    ------
    InputError
        Fewer than one case, or a negative number of the first.
    """
    if n < 1 or first < 0:
        raise InputError(f"Ask for at least one case from number 0 on, not {n} from {first}.")
    return range(first, first + n)


def make_series(
    maker: CaseMaker,
    out_dir: str | Path,
    cases: range,
    *,
    scheduler: str | None,
    workers: int | None,
    progress: Progress,
) -> list[Path]:
    """Make the cases of a series, each in a folder of its own; finished ones are not repeated.

    Parameters
    ----------
    maker : CaseMaker
        Makes the cases.
    out_dir : path
        Folder of the series.
    cases : range
        Numbers of the cases, one at least.
    scheduler, workers, progress
        As in :func:`make_missing`.

    Returns
    -------
    list of Path
        Folders of all cases, in ``out_dir`` as it is given.

    Raises
    ------
    InputError
        As :func:`make_missing`.
    """
    out_dir = Path(out_dir)
    # Workers may run in another working directory.
    series = CaseSeries(out_dir.resolve(), maker)
    folders = make_missing(series, cases, scheduler=scheduler, workers=workers, progress=progress)
    return [out_dir / folder.name for folder in folders]


def make_missing(
    series: CaseSeries, cases: range, *, scheduler: str | None, workers: int | None, progress: Progress
) -> list[Path]:
    """Make the cases of a series that are not there yet.

    Parameters
    ----------
    series : CaseSeries
        The series.
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
