"""What the stage Segment asks of the worker process: a plain function, without Qt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...progress import Progress, silent
from ...volume import Volume

if TYPE_CHECKING:
    from ...segmentation import Segmentation


def segment(
    volume: Volume,
    model_folder: str | None = None,
    crystals: str | None = None,
    adapt: bool = False,
    refine: bool = True,
    progress: Progress = silent,
) -> Segmentation:
    """Segment a volume with the bundled model, or with one in a folder; keeps what doubtful places are found by."""
    from ... import segmentation
    from ...workflows.segment_adapted import segment_adapted

    progress(0.0, "loading the network")
    model = None if model_folder is None else segmentation.ModelFolder(Path(model_folder))
    return (segment_adapted if adapt else segmentation.segment)(
        volume,
        model=model,
        crystals=crystals,
        refine=refine,
        keep_probabilities=True,
        progress=progress,
    )
