"""Label series: label maps without scans, cheap enough that a network never sees the same sample twice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError
from ...labels import Labels
from ...progress import Progress, silent
from ...provenance import Provenance
from ..conditions import draw_pixel_size_um
from ..priors import PRESETS, Priors
from ..scan_request import check_scan_request
from ..shown_sample import draw_shown_sample
from .case_folder import is_finished, write_case
from .case_series import check_cases, make_missing

SIZE = 96
FILE = "labels.h5"  # deflated: a hundredth of what a TIFF takes
# A surface at rest takes ten times as long as all else does.
_SURFACES = {"draped": 0.96, "capillary": 0.04}


@dataclass(frozen=True)
class _LabelSeries:
    """A series of label maps in a folder; makes one of them when called."""

    out_dir: Path
    seed: int
    size: int
    habit: str | None
    liquor: str | None
    priors: Priors | None

    def folder(self, case: int) -> Path:
        return self.out_dir / f"case_{case:04d}"

    def request(self, case: int) -> dict[str, Any]:
        request: dict[str, Any] = {"seed": self.seed, "case": case, "size": self.size, "labels_only": True}
        chosen = {
            "habit": self.habit,
            "liquor": self.liquor,
            "priors": None if self.priors is None else self.priors.to_dict(),
        }
        return request | {name: value for name, value in chosen.items() if value is not None}

    def __call__(self, case: int, progress: Progress) -> None:
        if is_finished(self.folder(case), self.request(case)):
            return  # by another run on the same folder
        labels = simulate_label_map(
            self.seed, case, size=self.size, habit=self.habit, liquor=self.liquor, priors=self.priors
        )
        write_case(self.folder(case), None, {}, labels, self.request(case), labels.provenance.steps[-1], FILE)


def simulate_label_map(
    seed: int,
    case: int,
    *,
    size: int = SIZE,
    habit: str | None = None,
    liquor: str | None = None,
    priors: Priors | None = None,
) -> Labels:
    """Draw one label map of a series.

    Parameters
    ----------
    seed, case : int
        Seed of the series and number of the case in it; a case does not depend on the others.
    size : int
        Voxels along each edge, 32 or more.
    habit : str, optional
        Name of the crystal habit; drawn when left out.
    liquor : str, optional
        What shapes the liquor, as in :func:`.simulate.simulate_case`; when left out, what the priors say, and without
        priors a draped surface or, once in 25, one at rest.
    priors : Priors, optional
        What samples are drawn from; when left out, one of the presets, each as often as the others.

    Returns
    -------
    Labels
        Class of the material in the middle of each voxel; the provenance tells what was drawn.

    Raises
    ------
    InputError
        A size below 32, a negative seed, an unknown habit or surface, or priors that hardly show a crystal.
    """
    _check(seed, size, habit, liquor)
    rng = np.random.default_rng([seed, case])
    if priors is None:
        priors = PRESETS[str(rng.choice(sorted(PRESETS)))]
        liquor = liquor or str(rng.choice(list(_SURFACES), p=list(_SURFACES.values())))
    if liquor is not None:
        priors = replace(priors, sample=replace(priors.sample, liquor_surface=liquor))
    voxel_size_um = draw_pixel_size_um(rng, size)
    shown = draw_shown_sample(rng, size, voxel_size_um, priors, habit=habit)
    provenance = Provenance(seed=seed).then(
        "simulate labels",
        case=case,
        size=size,
        priors=priors.name,
        liquor_surface=priors.sample.liquor_surface,
        sample=shown.sample.description,
        **shown.draws,
    )
    return replace(shown.labels, provenance=provenance)


def simulate_labels(
    out_dir: str | Path,
    n: int,
    seed: int,
    *,
    size: int = SIZE,
    habit: str | None = None,
    first: int = 0,
    liquor: str | None = None,
    priors: Priors | None = None,
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
    seed, size, habit, liquor, priors
        As in :func:`simulate_label_map`.
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
        Fewer than one label map, a folder that cannot be written, or one that holds a case made with other
        parameters; and as :func:`simulate_label_map`.
    """
    check_cases(n, first)
    _check(seed, size, habit, liquor)
    out_dir = Path(out_dir)
    # Workers may be at home in another folder.
    series = _LabelSeries(out_dir.resolve(), seed, size, habit, liquor, priors)
    folders = make_missing(series, range(first, first + n), scheduler=scheduler, workers=workers, progress=progress)
    return [out_dir / folder.name for folder in folders]


def _check(seed: int, size: int, habit: str | None, liquor: str | None) -> None:
    from ...phantom import HABITS
    from ...phantom.drawing.priors import SURFACES

    check_scan_request(seed, size)
    if habit is not None and habit not in HABITS:
        raise InputError(f"Unknown habit {habit!r}; choose one of {', '.join(HABITS)}.")
    if liquor is not None and liquor not in SURFACES:
        raise InputError(f"liquor must be one of {', '.join(SURFACES)}, not {liquor!r}.")
