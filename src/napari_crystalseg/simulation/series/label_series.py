"""Label series: label maps without scans, cheap enough that a network never sees the same sample twice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ...labels import Labels
from ...progress import Progress, silent
from ...provenance import Provenance
from ..conditions import draw_pixel_size_um
from ..priors import PRESETS
from ..requests.label_map_request import LabelMapRequest
from ..shown_sample import draw_shown_sample
from .case_folder import write_case
from .case_series import case_numbers, make_series

FILE = "labels.h5"  # deflated: a hundredth of what a TIFF takes
# A surface at rest takes ten times as long as all else does.
_SURFACES = {"draped": 0.96, "capillary": 0.04}


@dataclass(frozen=True)
class _LabelMaps:
    """Label maps, by their request."""

    maps: LabelMapRequest

    def request(self, case: int) -> dict[str, Any]:
        return self.maps.to_dict(case)

    def write(self, folder: Path, case: int, progress: Progress) -> None:
        labels = simulate_label_map(self.maps, case)
        write_case(folder, None, {}, labels, self.request(case), labels.provenance.steps[-1], FILE)


def simulate_label_map(request: LabelMapRequest, case: int) -> Labels:
    """Draw one label map of a series.

    Parameters
    ----------
    request : LabelMapRequest
        What is asked for.
    case : int
        Number of the case in the series; a case does not depend on the others.

    Returns
    -------
    Labels
        Class of the material in the middle of each voxel; the provenance tells what was drawn.

    Raises
    ------
    InputError
        Priors that hardly show a crystal.
    """
    rng = np.random.default_rng([request.seed, case])
    priors, liquor = request.priors, request.liquor
    if priors is None:
        priors = PRESETS[str(rng.choice(sorted(PRESETS)))]
        liquor = liquor or str(rng.choice(list(_SURFACES), p=list(_SURFACES.values())))
    if liquor is not None:
        priors = replace(priors, sample=replace(priors.sample, liquor_surface=liquor))
    voxel_size_um = draw_pixel_size_um(rng, request.size)
    shown = draw_shown_sample(rng, request.size, voxel_size_um, priors, habit=request.habit)
    provenance = Provenance(seed=request.seed).then(
        "simulate labels",
        case=case,
        size=request.size,
        priors=priors.name,
        liquor_surface=priors.sample.liquor_surface,
        sample=shown.sample.description,
        **shown.draws,
    )
    return replace(shown.labels, provenance=provenance)


def simulate_labels(
    out_dir: str | Path,
    n: int,
    request: LabelMapRequest,
    *,
    first: int = 0,
    scheduler: str | None = None,
    workers: int | None = None,
    progress: Progress = silent,
) -> list[Path]:
    """Draw label maps and write each to a folder of its own, packed; a finished one is not repeated.

    Parameters
    ----------
    out_dir : path
        Gets ``case_0000/{labels.h5, manifest.json}`` and so on; the labels are deflated.
    n, first : int
        Number of label maps, and number of the first.
    request : LabelMapRequest
        What is asked for.
    scheduler, workers
        As in :func:`.series.run_series`; with ``"local"`` a script needs its ``if __name__ == "__main__":``.
    progress : Progress
        Called as the work goes on, with an estimate of the time left.

    Returns
    -------
    list of Path
        The case folders.

    Raises
    ------
    InputError
        Fewer than one label map, a folder that cannot be written, or one that holds a case made with another request;
        and as :func:`simulate_label_map`.
    """
    cases = case_numbers(n, first)
    maker = _LabelMaps(request)
    return make_series(maker, out_dir, cases, scheduler=scheduler, workers=workers, progress=progress)
