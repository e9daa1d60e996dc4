"""Train a model and pack it: the whole of it, for the command line and scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import InputError
from ..io.files.lock import exclusive_writing
from ..segmentation import ModelFolder
from ..segmentation.training.refinement.refinement_request import RefinementRequest
from ..segmentation.training.training_request import TrainingRequest


def train_model(
    request: TrainingRequest,
    out_model: str | Path,
    *,
    work: str | Path | None = None,
    resume: bool = False,
    report: Callable[[str], None] | None = None,
) -> ModelFolder:
    """Train a network and write it as a model folder that nnU-Net, too, can load.

    Parameters
    ----------
    request : TrainingRequest
        What to learn from, and how.
    out_model : path
        Model folder to write when the budget is spent.
    work : path, optional
        Folder of checkpoints, prepared cases, log and curves; by default beside the model, with ``.training`` added.
    resume : bool
        As in :func:`~napari_crystalseg.segmentation.training.training.train`.
    report : callable, optional
        Told every line of the log.

    Returns
    -------
    ModelFolder

    Raises
    ------
    InputError
        A model folder that exists, a work folder with other files or that another training writes to, and as
        :func:`~napari_crystalseg.segmentation.training.training.train`.
    """
    from ..segmentation.training.export import export
    from ..segmentation.training.training import train

    out_model = Path(out_model)
    with _held_work_folder(out_model, work) as work:
        train(request, work, resume=resume, report=report)
    data = _learnt_from(request.cases, request.labels)
    return export(work, out_model, name=out_model.name, data=data)


def train_refiner_of_model(
    request: RefinementRequest,
    out_model: str | Path,
    *,
    work: str | Path | None = None,
    resume: bool = False,
    report: Callable[[str], None] | None = None,
) -> ModelFolder:
    """Train a network that refines what a model says, and write the model with it.

    Parameters
    ----------
    request : RefinementRequest
        What to learn from, and the model.
    out_model : path
        Model folder to write when the budget is spent: a copy of the model, with the refiner.
    work, resume, report
        As of :func:`train_model`.

    Returns
    -------
    ModelFolder

    Raises
    ------
    InputError
        A model folder that exists, a work folder with other files or that another training writes to, and as
        :func:`~napari_crystalseg.segmentation.training.refinement.train_refiner.train_refiner`.
    """
    from ..segmentation.training.refinement.export import export_with_refiner
    from ..segmentation.training.refinement.train_refiner import train_refiner

    out_model = Path(out_model)
    with _held_work_folder(out_model, work) as work:
        trained = train_refiner(request, work, resume=resume, report=report)
    data = _learnt_from(request.case_folders, request.labels, "their label maps, painted")
    return export_with_refiner(request.coarse, trained, out_model, data=data)


@contextmanager
def _held_work_folder(out_model: Path, work: str | Path | None) -> Iterator[Path]:
    """The work folder of a training that is to write ``out_model``: checked with it, and nobody else's meanwhile."""
    from ..segmentation.training.export import check_new_folder

    check_new_folder(out_model)
    work = out_model.with_name(f"{out_model.name}.training") if work is None else Path(work)
    _check_work_folder(work)
    with exclusive_writing(work):
        yield work


def _learnt_from(cases: Iterable[str | Path], labels: str | Path | None, *further: str) -> str:
    """What a card says of the data."""
    said = [f"cases in {Path(folder).resolve().name}" for folder in cases]
    said += further
    said += [] if labels is None else [f"painted label maps in {Path(labels).resolve().name}"]
    return ", ".join(said)


def _check_work_folder(work: Path) -> None:
    """Refuse a folder with files of the user, which those of a training could replace."""
    if work.is_dir() and any(work.iterdir()) and not (work / "training.log").exists():
        raise InputError(f"{work} holds files that are of no training; name a new or an empty folder (--work).")
