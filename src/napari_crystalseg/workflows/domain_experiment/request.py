"""What is compared in an experiment: which cases are real, which simulated, and how long each network learns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import InputError

if TYPE_CHECKING:
    from ...segmentation import ModelFolder

ARMS = {"real": ("real",), "synthetic": ("synthetic",), "both": ("real", "synthetic")}
"""The three networks, and which cases each learns from."""


@dataclass(frozen=True, eq=False)
class ExperimentRequest:
    """An experiment in the form of table 2 of the CrystalSeg paper.

    Parameters
    ----------
    real, synthetic : sequence of path
        Folders of cases with true labels, as :func:`~..evaluate.cases.labelled_cases` finds them.
    test_cases : int, optional
        How many of the real cases are kept apart to judge by; a third by default, one at least.
    steps, minutes : int or float, optional
        Budget of each of the three networks, exactly one of them.
    working_sizes : tuple of int, optional
        Most voxels along an axis of the working grid, as of a training.
    begin_from : ModelFolder, optional
        Weights that all three begin with; random ones, the same for all, by default. It must have seen neither the real
        nor the synthetic cases, or the comparison says little.
    learning_rate : float, optional
        AdamW's rate at the beginning, as of a training.
    seed : int
        Of the choice of the test cases, of weights and patches.
    threads : int, optional
        Processor threads.
    voxel_size_um : float, optional
        Voxel size of the real cases in place of what their files say, µm.

    Raises
    ------
    InputError
        No folders, not exactly one budget, or no test case.
    """

    real: Sequence[str | Path]
    synthetic: Sequence[str | Path]
    _: KW_ONLY
    test_cases: int | None = None
    steps: int | None = None
    minutes: float | None = None
    working_sizes: tuple[int, ...] | None = None
    begin_from: ModelFolder | None = None
    learning_rate: float | None = None
    seed: int = 0
    threads: int | None = None
    voxel_size_um: float | None = None

    def __post_init__(self) -> None:
        if not self.real or not self.synthetic:
            raise InputError("An experiment needs folders of real and of synthetic cases: name both.")
        if (self.steps is None) == (self.minutes is None):
            raise InputError("Give each network a budget: either minutes or steps.")
        if self.test_cases is not None and self.test_cases < 1:
            raise InputError(f"At least one real case must be kept apart to judge by, not {self.test_cases}.")

    def to_dict(self) -> dict[str, Any]:
        """Return what the results depend on besides the cases, as JSON-ready values."""
        begun = self.begin_from
        return {
            "test_cases": self.test_cases,
            "steps": self.steps,
            "minutes": self.minutes,
            "working_sizes": None if self.working_sizes is None else list(self.working_sizes),
            "begin_from": None if begun is None else {"name": begun.name, "sha256": begun.sha256},
            "learning_rate": self.learning_rate,
            "seed": self.seed,
            "voxel_size_um": self.voxel_size_um,
        }
