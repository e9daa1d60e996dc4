"""Training request: what to learn from and how; what no network can be trained with is refused when it is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import Any

from ...errors import InputError
from ..model_folders.model_folder import ModelFolder
from .supply import Supply

CONFIGURATIONS = ("3d", "2d", "guided")
"""What a network sees at once: a whole sample, a slice, or a sample with clicks and strokes."""
_SIZES = (8, 512)
"""Fewest and most voxels along an axis of a working grid."""


@dataclass(frozen=True, eq=False)
class TrainingRequest:
    """What a network is trained on, how long, and where it begins.

    Parameters
    ----------
    cases : sequence of path
        Folders that hold ``<case>/labels.tif`` and one or more ``<case>/volume*.tif`` of the same shape. Cases that
        appear during the training are taken in. Every twelfth is held out for validation. None, and all is painted.
    labels : path, optional
        Label maps to paint, see :class:`.synthesis.LabelPool`.
    painted_share : float, optional
        Share of the samples that are painted, where there are label maps and cases; 0.6 by default.
    validate : sequence of path
        Folders of cases, or slices in ``.npy`` files, to validate on now and then; never trained on.
    minutes, steps : float or int, optional
        Budget, exactly one of them: wall-clock minutes over all runs, or steps.
    seed : int
        Seed of weights and patches.
    threads : int, optional
        Processor threads to use; all by default.
    configuration : {"3d", "2d", "guided"}
        Learn whole samples; slices one by one, those of the cases across their rotation axis, and of the label maps
        in any direction; or whole samples and parts of them with clicks and strokes of a simulated hand.
    plans : mapping, optional
        nnU-Net plans, by default :func:`.plans.plans_json` or :func:`.plans.slice_plans_json`.
    working_sizes : tuple of int, optional
        Most voxels along an axis of the working grid: one, or a coarse one to begin with and a fine one. By default
        64 and 96, of slices 96 and 192.
    begin_from : ModelFolder, optional
        Begin with the weights of this model, which must have the network of the plans, rather than with random ones.
    learning_rate : float, optional
        AdamW's rate at the beginning, 1e-3 by default, or that of the training gone on with; more than that
        unlearns what a model knew that a training begins from.
    supply : Supply
        Who draws the batches, how many of them a step takes, and how often each is shown.

    Raises
    ------
    InputError
        Nothing to learn from, a folder that is not there, two folders that cannot be told apart or that are to be
        trained and validated on, a slice that cannot be read, no budget or two, or a number out of range.
    """

    cases: Sequence[str | Path]
    _: KW_ONLY
    labels: str | Path | None = None
    painted_share: float | None = None
    validate: Sequence[str | Path] = ()
    minutes: float | None = None
    steps: int | None = None
    seed: int = 0
    threads: int | None = None
    configuration: str = "3d"
    plans: Mapping[str, Any] | None = None
    working_sizes: tuple[int, ...] | None = None
    begin_from: ModelFolder | None = None
    learning_rate: float | None = None
    supply: Supply = field(default_factory=Supply)

    def __post_init__(self) -> None:
        self._check_folders()
        if self.configuration not in CONFIGURATIONS:
            first, last = ", ".join(CONFIGURATIONS[:-1]), CONFIGURATIONS[-1]
            raise InputError(f"A training is of the configuration {first} or {last}, not {self.configuration}.")
        self._check_numbers()

    @property
    def case_folders(self) -> list[Path]:
        """Folders of cases."""
        return [Path(folder) for folder in self.cases]

    @property
    def validation_paths(self) -> list[Path]:
        """Folders and files to validate on."""
        return [Path(path) for path in self.validate]

    def _check_folders(self) -> None:
        cases, labels, share = self.case_folders, self.labels, self.painted_share
        if not cases and labels is None:
            raise InputError(
                "A training needs something to learn from: a folder of cases, label maps to paint, or both."
            )
        for folder in cases:
            if not folder.is_dir():
                raise InputError(f"There is no folder {folder}; name one that holds case folders.")
        _check_names(cases, "folders of cases")
        if share is not None and not 0 <= share <= 1:
            raise InputError(f"The share of painted samples lies between 0 and 1, not {share}.")
        if share is not None and (labels is None or not cases):
            raise InputError(
                "A share of painted samples needs both, cases and label maps to paint; name their folders."
            )
        if self.threads is not None and self.threads < 1:
            raise InputError(f"A training needs one thread at least, not {self.threads}.")
        _check_validation(self.validation_paths, [*cases, *([] if labels is None else [Path(labels)])])

    def _check_numbers(self) -> None:
        if (self.minutes is None) == (self.steps is None):
            raise InputError("Give the training a budget: either minutes or steps.")
        if (self.minutes if self.minutes is not None else self.steps or 0) <= 0:
            raise InputError("The budget of a training must be positive.")
        sizes = self.working_sizes
        if sizes is not None:
            check_working_sizes(sizes)
            if len(set(sizes)) > 2:
                raise InputError(f"A training has one working size or two, not {list(sizes)}.")
        if self.learning_rate is not None and not self.learning_rate > 0:
            raise InputError(f"The learning rate of a training must be positive, not {self.learning_rate}.")


def check_working_sizes(sizes: Sequence[int]) -> None:
    """Refuse working grids on which nothing is seen, or that no memory holds.

    Raises
    ------
    InputError
        No size, or one out of range.
    """
    fewest, most = _SIZES
    if not sizes or not all(fewest <= size <= most for size in sizes):
        raise InputError(f"A working size is a number of voxels from {fewest} to {most}, not {list(sizes)}.")


def _check_names(folders: Sequence[Path], what: str) -> None:
    if len({folder.resolve().name for folder in folders}) < len(folders):
        raise InputError(f"Two {what} have the same name, by which they are told apart; rename one.")


def _check_validation(paths: Sequence[Path], learnt_from: Sequence[Path]) -> None:
    from .validation.validation_sets import read_slice

    taken = {folder.resolve() for folder in learnt_from}
    for path in paths:
        if not path.exists():
            raise InputError(f"There is no {path} to validate on.")
        if path.resolve() in taken:
            raise InputError(f"{path} is to be learnt from and to be validated on; name cases that are not trained on.")
        if not path.is_dir():
            read_slice(path)
    _check_names([path.with_suffix("") for path in paths], "sets to validate on")
