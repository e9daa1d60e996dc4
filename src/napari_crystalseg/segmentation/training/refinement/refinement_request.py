"""Refinement request: what a refiner is trained on, how long, and for which model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from pathlib import Path

from ....errors import InputError
from ....labels import Material
from ...model_folders.model_folder import ModelFolder
from ..budget import Budget


@dataclass(frozen=True, eq=False)
class RefinementRequest:
    """What a network that refines is trained on.

    Parameters
    ----------
    cases : sequence of path
        Folders that hold ``<case>/labels.tif`` and one or more ``<case>/volume*.tif`` of the same shape, better some
        times larger than the working grid of the model. Cases that appear during the training are taken in.
    coarse : ModelFolder
        The model whose class probabilities are to be refined.
    labels : path, optional
        Further label maps to paint, see :class:`.synthesis.LabelPool`; those of the cases are painted anyway.
    minutes, steps : float or int, optional
        Budget, exactly one of them: wall-clock minutes over all runs, or steps.
    seed : int
        Seed of weights and patches.
    threads : int, optional
        Processor threads to use; all by default.
    learning_rate : float, optional
        AdamW's rate at the beginning, 1e-3 by default.
    repeats : int
        How often each batch of patches is shown, each time turned otherwise.
    workers : int
        Processes that draw patches; none, and a thread of this one does.

    Raises
    ------
    InputError
        No case, a folder that is not there, a model that sees slices or takes clicks, no budget or two, or a number
        out of range.
    """

    cases: Sequence[str | Path]
    coarse: ModelFolder
    _: KW_ONLY
    labels: str | Path | None = None
    minutes: float | None = None
    steps: int | None = None
    seed: int = 0
    threads: int | None = None
    learning_rate: float | None = None
    repeats: int = 2
    workers: int = 0

    def __post_init__(self) -> None:
        if not self.cases:
            raise InputError("A refiner learns from the voxel values of cases; name a folder of them.")
        for folder in self.case_folders:
            if not folder.is_dir():
                raise InputError(f"There is no folder {folder}; name one that holds case folders.")
        if len({folder.resolve().name for folder in self.case_folders}) < len(self.case_folders):
            raise InputError("Two folders of cases have the same name, by which they are told apart; rename one.")
        if self.coarse.sees_slices or self.coarse.is_guided:
            raise InputError(
                f"A refiner comes after a model that sees whole samples and takes no clicks, which {self.coarse.name} "
                "is not."
            )
        if sorted(self.coarse.codes) != [int(material) for material in Material]:
            raise InputError(f"A refiner comes after a model of all five classes; {self.coarse.name} has fewer.")
        if (self.minutes is None) == (self.steps is None):
            raise InputError("Give the training a budget: either minutes or steps.")
        if (self.minutes if self.minutes is not None else self.steps or 0) <= 0:
            raise InputError("The budget of a training must be positive.")
        if self.threads is not None and self.threads < 1:
            raise InputError(f"A training needs one thread at least, not {self.threads}.")
        if self.learning_rate is not None and not self.learning_rate > 0:
            raise InputError(f"The learning rate of a training must be positive, not {self.learning_rate}.")
        if self.repeats < 1 or self.workers < 0:
            raise InputError(
                f"Batches are shown once or more often, by no or some workers, not {self.repeats} and {self.workers}."
            )

    @property
    def case_folders(self) -> tuple[Path, ...]:
        """Folders of cases."""
        return tuple(Path(folder) for folder in self.cases)

    @property
    def budget(self) -> Budget:
        """How long."""
        return Budget(self.minutes, self.steps)
