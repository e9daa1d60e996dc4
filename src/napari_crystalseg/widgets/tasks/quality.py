"""What the stage Check asks of the worker process about the merged data: a plain function, without Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...labels import Labels
from ...progress import Progress, part, silent
from ...volume import Volume
from .factors import directions_of
from .reflection_files import ReflectionFiles

if TYPE_CHECKING:
    from ...segmentation import ClassProbabilities

AUTOMATIC = "automatic"
"""Column of the labels as they were before they were edited."""

D_MIN = 5.0
"""Resolution of a simulated scan, Å: some twenty thousand reflections tell the cost in about a minute."""


@dataclass(frozen=True, eq=False)
class JudgedQuality:
    """What labels cost in the merged data, as the dock shows it.

    Parameters
    ----------
    sentences : tuple of str
        What they cost, what correcting places gets back, and how else the data may be corrected.
    text : str
        The whole report, with the table.
    picture : bytes
        PNG of the figures.
    places_voxel : tuple of (int, int, int)
        Centres (z, y, x) of the places that are told of, worst first.
    """

    sentences: tuple[str, ...]
    text: str
    picture: bytes
    places_voxel: tuple[tuple[int, int, int], ...]


def judge_quality(
    labels: Labels,
    coefficients_per_um: Mapping[str, Any],
    reflection_files: ReflectionFiles | tuple[str, str] | None = None,
    crystal: str = "thaumatin",
    energy_kev: float = 4.5,
    offset_deg: float = 0.0,
    automatic: NDArray[np.uint8] | None = None,
    volume: Volume | None = None,
    uncertainty: NDArray[np.uint8] | None = None,
    probabilities: ClassProbabilities | None = None,
    model_folder: str | None = None,
    progress: Progress = silent,
) -> JudgedQuality:
    """Judge labels by the merging statistics of simulated intensities that are corrected with them.

    A network that has not seen the volume yet is asked first: labels that were opened say nothing of how sure they are.

    Parameters
    ----------
    labels : Labels
        Labels to judge.
    coefficients_per_um : mapping of str to value
        Linear attenuation coefficients, 1/µm, and the other fields of :class:`~..absorption.Coefficients`.
    reflection_files : ReflectionFiles or None
        DIALS ``.expt`` and ``.refl``, the reflections of which are taken.
    crystal, energy_kev : str, float
        Crystal form and photon energy, keV, of a simulated scan, where there are no files.
    offset_deg : float
        Degrees added to the scan angles of the experiment.
    automatic : ndarray of uint8, shape (z, y, x), optional
        The labels before they were edited, as a column of their own.
    volume, uncertainty, probabilities
        What the doubt is known from, as :func:`~napari_crystalseg.workflows.quality.judge_labels.judge_labels` takes
        them.
    model_folder : str or None
        Folder of the network to ask, where there are a volume and no probabilities; the bundled one where it is None.
    progress : Progress
        Told how far it is.

    Returns
    -------
    JudgedQuality
    """
    from ...absorption import Coefficients
    from ...pictures.quality import quality_png
    from ...workflows.quality.judge_labels import judge_labels
    from ...workflows.quality.quality_scan import scan_of_files, simulated_scan

    begin = 0.0
    if volume is not None and volume.shape[0] > 1 and probabilities is None and uncertainty is None:
        from .segmentation import segment

        begin = 0.3
        probabilities = segment(volume, model_folder, refine=False, progress=part(progress, 0.0, begin)).probabilities
    progress(begin, "Predicting the reflections")
    if reflection_files is not None:
        scan = scan_of_files(directions_of(reflection_files, None, offset_deg))
    else:
        scan = simulated_scan(crystal, energy_kev=energy_kev, d_min=D_MIN)
    before = {} if automatic is None else {AUTOMATIC: Labels(automatic, labels.voxel_size_um)}
    report = judge_labels(
        scan,
        labels,
        Coefficients(**coefficients_per_um),
        edited=before,
        volume=volume,
        uncertainty=uncertainty,
        probabilities=probabilities,
        progress=part(progress, begin, 1.0),
    )
    said = list(report.sentences())
    if before:
        back = 100 * (report.columns[AUTOMATIC].r_meas - report.columns["labels"].r_meas)
        verb = "get back" if back >= 0 else "lose"
        said.insert(1, f"If the labels as edited are right, the edits so far {verb} {abs(back):.2f} % of Rmeas.")
    places = report.mended[-1].centres_voxel if report.mended else ()
    picture = quality_png({name: one.statistics for name, one in report.columns.items()})
    return JudgedQuality(tuple(said), report.text(), picture, places)
