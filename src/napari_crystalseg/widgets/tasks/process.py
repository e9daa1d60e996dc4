"""What *Process* asks of worker processes: the whole main job as ``crystalseg process`` does it; without Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ... import jobs
from ...labels import Labels
from ...progress import Progress, part, silent
from ...scan import Scan
from ...volume import Volume
from .factors import directions_of
from .politeness import lower_priority
from .reflection_files import ReflectionFiles

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...absorption import Coefficients
    from ...factors import Factors
    from ...segmentation.grids.class_probabilities import ClassProbabilities
    from ...tomography import Recipe
    from ...workflows.process.facts import AbsorbFacts

SPHERE = 500
"""Directions where there are no reflections, as many as the command takes."""


@dataclass(frozen=True)
class ProcessRequest:
    """What is to be done with one sample.

    Parameters
    ----------
    path : str
        Raw scan or volume.
    folder : str
        Folder of the results.
    model : str or None
        Folder of a model; None for the bundled one.
    axes, dataset : str or None
        As :func:`~..workflows.process.process.process` takes them.
    voxel_size_um : float or None
        In place of what the file says, µm.
    energy_kev : float or None
        Photon energy of the diffraction experiment, keV.
    reflection_files : ReflectionFiles or None
        DIALS ``.expt`` and ``.refl``; None for directions over a sphere.
    offset_deg : float
        Degrees added to the scan angles of the experiment.
    coefficients : Coefficients or None
        Those that the user has given.
    recipe : Recipe or None
        How a scan is to be reconstructed.
    liquor : bool
        Retrieve the phase with the δ/β of liquor at the scan's energy.
    """

    path: str
    folder: str
    model: str | None = None
    axes: str | None = None
    dataset: str | None = None
    voxel_size_um: float | None = None
    energy_kev: float | None = None
    reflection_files: ReflectionFiles | None = None
    offset_deg: float = 0.0
    coefficients: Coefficients | None = None
    recipe: Recipe | None = None
    liquor: bool = False


@dataclass(frozen=True, eq=False)
class Arrival:
    """A result on its way: ``"volume"``, ``"uncertainty"``, ``"probabilities"`` or ``"labels"``."""

    name: str
    noun: Volume | Labels | NDArray[np.uint8] | ClassProbabilities


@dataclass(frozen=True, eq=False)
class ProcessedSample:
    """What came of a sample.

    Parameters
    ----------
    request : ProcessRequest
        What was asked.
    crystal_found : bool
        Whether there is a crystal.
    coefficients : Coefficients
        Linear attenuation coefficients that were used, 1/µm.
    coefficients_explanation : str
        Where they come from.
    statements, doubts : tuple of str
        What the user must know, and what of it speaks against the labels.
    mean_factor : float or None
        Mean of the absorption factors; None where there are none.
    factors : Factors or None
        The absorption factors; None where there are none, or they were not asked for.
    """

    request: ProcessRequest
    crystal_found: bool
    coefficients: Coefficients
    coefficients_explanation: str
    statements: tuple[str, ...]
    doubts: tuple[str, ...]
    mean_factor: float | None
    factors: Factors | None = None

    @property
    def folder(self) -> Path:
        """Folder of the results."""
        return Path(self.request.folder)


def process_sample(
    request: ProcessRequest, shown: Volume | Scan | None = None, progress: Progress = silent
) -> ProcessedSample:
    """Process a sample, handing over volume, labels and uncertainty as they come.

    Parameters
    ----------
    request : ProcessRequest
        What is to be done.
    shown : Volume, Scan or None
        A volume or scan that is in no file, or not as it is in one: it is written to ``request.path`` first.
    progress : Progress
        Told how far it is.

    Raises
    ------
    InputError
        As the command refuses it.
    """
    if shown is not None:
        progress(0.0, f"Writing {Path(request.path).name}")
        _write_shown(shown, Path(request.path))
    # The stages do not hold the array that is sent any longer than they need it.
    return _process(request, progress, handing_over=True)


def process_in_background(request: ProcessRequest, progress: Progress = silent) -> ProcessedSample:
    """Process a sample beside other work: its results stay in their folder."""
    lower_priority()
    return replace(_process(request, progress, handing_over=False), factors=None)


def absorb_labels(
    labels: Labels,
    energy_kev: float | None,
    coefficients: Coefficients | None,
    reflection_files: ReflectionFiles | None,
    offset_deg: float,
    progress: Progress = silent,
) -> tuple[Coefficients, str, Factors]:
    """Compute the factors of labels without a volume, with coefficients chosen as the command chooses them.

    Returns
    -------
    coefficients : Coefficients
        Those that were used.
    explanation : str
        Where they come from.
    factors : Factors
        Absorption factors.

    Raises
    ------
    InputError
        Labels, coefficients or files are refused.
    """
    from ...workflows.absorb import judged_factors
    from ...workflows.coefficient_energy import coefficients_for
    from ...workflows.coefficients import choose_coefficients

    directions = directions_of(reflection_files, SPHERE, offset_deg)
    energies = directions.energies_kev or (() if energy_kev is None else (energy_kev,))
    chosen = choose_coefficients(None, labels, coefficients, energies[0] if energies else None)
    used, said = coefficients_for(chosen.coefficients, directions.energies_kev, False)
    factors, _ = judged_factors(labels, [(directions, used)], said, progress=part(progress, 0.05, 1.0))
    return used, chosen.explanation, factors


def _process(request: ProcessRequest, progress: Progress, handing_over: bool) -> ProcessedSample:
    from ...workflows.process.facts import AbsorbFacts
    from ...workflows.process.process import process

    recipe = request.recipe
    if recipe is not None and request.liquor:
        from ...io import open_scan
        from ...workflows.phase import with_phase_of_liquor

        recipe = with_phase_of_liquor(recipe, open_scan(request.path))

    def arrived(name: str, what: Volume | Labels | NDArray[np.uint8] | ClassProbabilities | AbsorbFacts) -> None:
        # Export and report take longer than the user may have to wait for the factors.
        jobs.hand_over(_absorbed(request, what) if isinstance(what, AbsorbFacts) else Arrival(name, what))

    result = process(
        request.path,
        request.folder,
        model=request.model,
        voxel_size_um=request.voxel_size_um,
        axes=request.axes,
        dataset=request.dataset,
        coefficients=request.coefficients,
        energy_kev=request.energy_kev,
        directions=directions_of(request.reflection_files, SPHERE, request.offset_deg),
        recipe=recipe,
        arrived=arrived if handing_over else None,
        progress=progress,
    )
    mean, factors = _factors(request, result.factors is not None)
    return ProcessedSample(
        request=request,
        crystal_found=result.crystal_found,
        coefficients=result.coefficients,
        coefficients_explanation=result.coefficients_explanation,
        statements=result.statements,
        doubts=result.doubts,
        mean_factor=mean,
        factors=factors,
    )


def _absorbed(request: ProcessRequest, facts: AbsorbFacts) -> ProcessedSample:
    """What is known of a sample when its factors are there."""
    mean, factors = _factors(request, facts.may_have_factors)
    explanation = facts.coefficients_explanation
    return ProcessedSample(
        request, facts.crystal_found, facts.coefficients, explanation, (explanation,), (), mean, factors
    )


def _factors(request: ProcessRequest, are_there: bool) -> tuple[float | None, Factors | None]:
    """Mean of the factors in the folder of results, and the factors themselves."""
    import numpy as np

    from ...io.factors_tables import read_factors_hdf5

    if not are_there:
        return None, None
    factors = read_factors_hdf5(Path(request.folder) / "factors.h5")
    return float(np.nanmean(factors.absorption)), factors


def _write_shown(shown: Volume | Scan, path: Path) -> None:
    """Write a volume or scan as it is shown; a file of the user that has this name is kept under another one."""
    from ...io import save_scan, save_volume, writing_into

    with writing_into(path.parent, [path]):
        if isinstance(shown, Scan):
            save_scan(shown, path)
        else:
            save_volume(shown, path)
