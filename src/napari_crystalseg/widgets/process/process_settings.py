"""What is asked of every sample alike: energy, folder pattern, model, and whether an experiment beside it is taken."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import InputError
from ..session.remembered import (
    MODEL_FOLDER,
    PROCESS_ELSEWHERE,
    PROCESS_ENERGY,
    PROCESS_EXPERIMENT,
    PROCESS_FOLDER,
    recall,
    recall_folder,
    remember,
)
from ..tasks.reflection_files import ReflectionFiles

if TYPE_CHECKING:
    from ...workflows.process.results_place import ResultsPlace

BESIDE, WITHOUT = "beside", "without"
"""Whether an experiment that lies beside a sample is taken."""


@dataclass(frozen=True)
class ProcessSettings:
    """Kept from sample to sample, and from one day to the next.

    Parameters
    ----------
    energy_kev : float or None
        Photon energy of the diffraction experiment, where no experiment file says it, keV.
    pattern : str
        Folder of the results, as :func:`.results_place.results_place` takes it.
    experiment : {"beside", "without"}
        Whether the experiment that lies beside a sample is taken.
    model : str or None
        Folder of a model; None for the bundled one.
    """

    energy_kev: float | None = None
    pattern: str = ""
    experiment: str = BESIDE
    model: str | None = None

    @classmethod
    def recalled(cls) -> ProcessSettings:
        """Return those of last time."""
        try:
            energy = float(recall(PROCESS_ENERGY) or 0) or None
        except ValueError:
            energy = None
        experiment = recall(PROCESS_EXPERIMENT)
        return cls(
            energy_kev=energy if energy is None or 0 < energy < 1000 else None,
            pattern=recall(PROCESS_FOLDER),
            experiment=experiment if experiment in (BESIDE, WITHOUT) else BESIDE,
            model=recall_folder(MODEL_FOLDER) or None,
        )

    def remember(self) -> None:
        """Keep them for the next time; the model is kept where it is chosen."""
        remember(PROCESS_ENERGY, "" if self.energy_kev is None else f"{self.energy_kev:g}")
        remember(PROCESS_FOLDER, self.pattern)
        remember(PROCESS_EXPERIMENT, self.experiment)

    def place(self, path: Path, taken: Collection[Path] = ()) -> ResultsPlace:
        """Return the folder of the results of a sample.

        Raises
        ------
        InputError
            The pattern is the same for all samples.
        """
        from ...workflows.process.results_place import PATTERN, results_place

        return results_place(path, self.pattern or PATTERN, recall(PROCESS_ELSEWHERE) or None, taken)

    def experiment_of(self, path: Path) -> ReflectionFiles | None:
        """Return the experiment that lies beside a sample, None where there is none or none is to be taken.

        Raises
        ------
        InputError
            There are several.
        """
        from ...workflows.process.results_place import experiments_beside

        pairs = experiments_beside(path) if self.experiment == BESIDE else []
        if len(pairs) > 1:
            raise InputError(
                f"{len(pairs)} experiments lie beside {path.name}: choose one of them, or directions over a sphere, as "
                "'reflections' in the stage Open."
            )
        return ReflectionFiles(str(pairs[0][0]), str(pairs[0][1])) if pairs else None
