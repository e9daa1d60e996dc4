"""crystalseg teach"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..console import shown_progress, tell_assumptions
from ..options import Axes, Dataset, Seed, VoxelSize


def command(
    volume: Annotated[Path, typer.Argument(help="Volume: TIFF, OME-Zarr, HDF5 or .npy.")],
    strokes: Annotated[
        Path, typer.Argument(help="Strokes on the same grid: codes 0 to 4, and 255 (any code above 4) for untouched.")
    ],
    out: Annotated[Path, typer.Argument(help="Labels to write: .tif, .zarr, .h5 or .npy.")],
    labels: Annotated[
        Path | None, typer.Option("--labels", help="Labels so far, believed where the strokes do not contradict them.")
    ] = None,
    uncertainty: Annotated[
        Path | None, typer.Option("--uncertainty", help="Also write how unsure each voxel is: 255 × P(label is wrong).")
    ] = None,
    voxel_size_um: VoxelSize = None,
    axes: Axes = None,
    dataset: Dataset = None,
    seed: Seed = 0,
) -> None:
    """Label a whole volume as a few strokes of each class show it."""
    from ...io import check_outputs, check_suffix, open_codes, open_labels, open_volume, save_labels, save_uncertainty
    from ...labels import Labels
    from ...review.teaching.strokes import Strokes
    from ...review.teaching.teach import teach

    for path in (out, uncertainty):
        if path is not None:
            check_suffix(path)
    check_outputs([out, uncertainty], [volume, strokes, labels])
    values = open_volume(volume, voxel_size_um=voxel_size_um, axes=axes, dataset=dataset)
    drawn = Strokes.painted(open_codes(strokes))
    before = None if labels is None else open_labels(labels).data
    with shown_progress() as progress:
        found = teach(values, drawn, before, seed=seed, progress=progress)
    provenance = values.provenance.then(
        "teach", strokes=len(drawn.indices), classes=[code.title for code in drawn.classes], seed=seed
    )
    made = Labels(found.labels, values.voxel_size_um, provenance)
    save_labels(made, out)
    if uncertainty is not None:
        save_uncertainty(found.uncertainty, made, uncertainty)
    tell_assumptions(values.provenance)
    changed = 0 if found.change is None else found.change.voxels
    print(f"{out}: {len(drawn.indices):,} voxels of strokes; {changed:,} voxels changed")
