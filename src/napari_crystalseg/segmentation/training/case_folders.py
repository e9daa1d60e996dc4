"""Case folders: what a training learns from and holds out, which may grow while it runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from ..streams.dataset import CaseDataset, prepare, split
from ..streams.synthesis import LabelPool


class CaseFolders:
    """Folders of cases, prepared for a training.

    Parameters
    ----------
    folders : sequence of Path
        The folders, of different names; none, and there is nothing.
    work_dir : Path
        Gets ``cases``, the prepared ones, and ``splits_final.json``.
    working_sizes : tuple of int
        Most voxels along an axis of each working grid.
    pool : LabelPool or None
        Label maps that are painted; of a folder of cases, those held out are left out of it.
    report : callable
        Takes the lines of the log.

    Attributes
    ----------
    training, held_out : CaseDataset or None
        What is learnt from, and what is validated on; None before the first look, and without folders.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        work_dir: Path,
        working_sizes: tuple[int, ...],
        pool: LabelPool | None,
        report: Callable[[str], None],
    ) -> None:
        self.folders = tuple(folders)
        self._work_dir, self._working_sizes, self._pool, self._report = work_dir, working_sizes, pool, report
        self._damaged = 0
        self.training: CaseDataset | None = None
        self.held_out: CaseDataset | None = None

    @property
    def names(self) -> list[str]:
        """Names of the folders."""
        return [folder.resolve().name for folder in self.folders]

    def look_again(self) -> None:
        """Prepare cases and label maps that appeared, and take them in."""
        if self._pool is not None:
            self._pool.look_again()
            if len(self._pool.damaged) > self._damaged:
                self._damaged = len(self._pool.damaged)
                self._report(f"label maps that cannot be read are left out: {', '.join(self._pool.damaged)}")
        if not self.folders:
            return
        prepared = self._work_dir / "cases"
        for folder in self.folders:
            identifiers = prepare(folder, prepared, self._working_sizes, self._report, self._prefix(folder))
        training, held_out = split(identifiers, self._work_dir / "splits_final.json")
        self.training = _updated(self.training, prepared, training)
        self.held_out = _updated(self.held_out, prepared, held_out)
        if self._pool is not None and (same := self._folder_of(self._pool)) is not None:
            self._pool.leave_out({name.split("~")[0].removeprefix(self._prefix(same)) for name in held_out})

    def _prefix(self, folder: Path) -> str:
        """What is put before the names of a folder's cases: those of several folders may have the same."""
        return f"{folder.resolve().name}-" if len(self.folders) > 1 else ""

    def _folder_of(self, pool: LabelPool) -> Path | None:
        """The folder of cases whose labels are painted, too, if there is one."""
        painted = pool.folder.resolve()
        return next((folder for folder in self.folders if folder.resolve() == painted), None)


def _updated(known: CaseDataset | None, prepared: Path, identifiers: Sequence[str]) -> CaseDataset:
    """A dataset of these cases; the one that is known stays the same object, as threads read from it."""
    if known is None:
        return CaseDataset(str(prepared), list(identifiers))
    known.identifiers = sorted(identifiers)
    return known
