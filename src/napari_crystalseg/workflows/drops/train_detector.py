"""Train the detector of drops and crystals on simulated micrographs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from ...drops.detector.drop_detector import DropDetector
from ...drops.detector.training.train_detector import CHECKPOINT, train_detector
from ...drops.detector.training.training_settings import TrainingSettings
from ...errors import InputError
from ...io import check_folder_of_results, writing_into
from ...io.files.lock import exclusive_writing
from ...jobs import Worker
from ...provenance import package_version
from ...simulation.drops import DropConditions
from .drawn_ahead import Outlined, drawn_ahead


def train_on_simulated_drops(
    out_model: str | Path,
    settings: TrainingSettings,
    conditions: DropConditions | None = None,
    *,
    work: str | Path | None = None,
    go_on: bool = False,
    report: Callable[[str], None] = print,
) -> DropDetector:
    """Simulate drops in a process of its own, train the small detector on them, and write it with its card.

    Parameters
    ----------
    out_model : path
        Folder to write when the budget is spent.
    settings : TrainingSettings
        Budget and course; its seed is that of the simulated series, too.
    conditions : DropConditions, optional
        What the drops are drawn from.
    work : path, optional
        Folder of the checkpoint; beside the model, with ``.training`` added, by default.
    go_on : bool
        Go on from the checkpoint there.
    report : callable
        Told lines of what is done. If it raises, a checkpoint is written first.

    Returns
    -------
    DropDetector

    Raises
    ------
    InputError
        A folder that holds something else, a training there that is not to be gone on with, or none that could be.
    """
    out_model = Path(out_model)
    work = out_model.with_name(f"{out_model.name}.training") if work is None else Path(work)
    conditions = DropConditions() if conditions is None else conditions
    check_folder_of_results(out_model, [])
    if not go_on and (work / CHECKPOINT).exists():
        raise InputError(f"{work} holds a training: go on with it by --continue, or name another folder by --work.")
    about = {
        "data": "simulated drops alone, no measured data; 80 of 100 with crystals (crystalseg drops simulate)",
        "conditions": conditions.to_dict(),
        "software_version": package_version(),
    }
    with exclusive_writing(work), Worker() as worker:

        def examples(first: int) -> Iterator[Outlined]:
            return drawn_ahead(worker, settings.seed, first, conditions)

        with writing_into(out_model):
            return train_detector(examples, out_model, settings, work=work, go_on=go_on, about=about, report=report)
