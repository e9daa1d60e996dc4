"""From a raw scan to a volume."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..io.files.lock import exclusive_writing
from ..progress import Progress, part, silent
from ..provenance import Provenance
from ..scan import Scan
from ..volume import Volume
from .axis.half_acquisition import is_full_turn
from .recipe import Recipe
from .slabs.journal import Journal, fingerprint
from .slabs.slab_run import PREPARED, SlabRun
from .slabs.volume_file import VolumeFile, journal_of


def reconstruct(scan: Scan, recipe: Recipe | None = None, progress: Progress = silent) -> Volume:
    """Reconstruct a scan into memory.

    Rows pass in slabs, so that memory beyond the scan and the volume stays within about a gigabyte; phase retrieval
    needs whole frames and holds the scan once more as float32.

    Parameters
    ----------
    scan : Scan
        The raw scan.
    recipe : Recipe, optional
        What is to be done; by default the axis is found, and artefacts are looked for and removed.
    progress : Progress
        Told between slabs; may raise to cancel.

    Returns
    -------
    Volume
        Grid (row, column, column) with the rotation axis at (W - 1) / 2 of axes 1 and 2. Linear attenuation
        coefficient in 1/µm where the pixel size is known; else voxels of unknown size and arbitrary voxel values
        (attenuation per pixel). W is that of the detector, or of the stitched projections of a half acquisition.

    Raises
    ------
    InputError
        Unusable flats, many frames without light or of another kind, frames that do not fit their angles (these two are
        only recorded with ``force``), no centre recorded, a centre or rows outside the detector, unknown filter or
        method, a method whose library is absent, energy, distance or pixel size missing for phase retrieval, or too
        little memory.
    """
    recipe = Recipe() if recipe is None else recipe
    recipe.check(scan)
    run = SlabRun(scan, recipe)
    run.plan(in_memory=True)
    prepared = run.prepare(part(progress, 0.0, PREPARED))
    plan = run.plan(in_memory=True, prepared=prepared)
    data = np.empty(run.shape(prepared), dtype=np.float32)
    run.write(data, prepared, plan, None, part(progress, PREPARED, 1.0))
    return run.volume(data, prepared)


def volume_shape(scan: Scan, recipe: Recipe) -> tuple[int, int, int]:
    """Shape of the volume that a recipe makes of a scan.

    In a full turn the axis is looked for, since that of a half acquisition says how wide the slices are.

    Raises
    ------
    InputError
        Choices that do not suit the scan.
    """
    recipe.check(scan)
    run = SlabRun(scan, recipe)
    return run.shape(run.prepare(silent) if is_full_turn(scan.angles_deg) else None)


def usual_shape(scan: Scan, recipe: Recipe) -> tuple[int, int, int]:
    """Shape of the volume if this is no half acquisition, without a look at the projections.

    Raises
    ------
    InputError
        Choices that do not suit the scan.
    """
    recipe.check(scan)
    return SlabRun(scan, recipe).shape()


def reconstruct_into(
    target: Any,
    scan: Scan,
    recipe: Recipe | None = None,
    journal_path: str | Path | None = None,
    progress: Progress = silent,
) -> Provenance:
    """Reconstruct a scan slab by slab into an array that need not be in memory.

    Parameters
    ----------
    target : array_like, shape :func:`volume_shape`
        A memory map, a dataset of HDF5 or an array of Zarr: ``target[first:last] = slices`` is all that is asked of
        it, and ``flush()`` where it has one.
    scan : Scan
        The raw scan; its projections may lie in a file.
    recipe : Recipe, optional
        What is to be done.
    journal_path : path, optional
        Where to record which slabs are in the target. Called again with the same scan and recipe, after it was
        killed, the work goes on, and the target holds the same bits as if nothing had happened. Remove the file, with
        what it stands for, when the target has been used.
    progress : Progress
        Told between slabs; may raise to cancel.

    Returns
    -------
    Provenance
        Of the volume.

    Raises
    ------
    InputError
        As for :func:`reconstruct`, or a target of another shape.
    """
    recipe = Recipe() if recipe is None else recipe
    recipe.check(scan)
    run = SlabRun(scan, recipe)

    def fitting(shape: tuple[int, int, int]) -> Any:
        if tuple(target.shape) != shape:
            raise InputError(f"The target has the shape {tuple(target.shape)} but the volume is {shape} (z, y, x).")
        return target

    if not is_full_turn(scan.angles_deg):
        # Told before the work where the width does not depend on the axis.
        fitting(run.shape())
    journal = None if journal_path is None else Journal(journal_path, fingerprint(scan, recipe, run.method))
    return run.provenance(run.stream(fitting, journal, progress))


def reconstruct_on_disk(
    path: str | Path, scan: Scan, recipe: Recipe | None = None, progress: Progress = silent
) -> Volume:
    """Reconstruct a scan into a ``.npy`` file, with memory of a few slabs, and go on where an earlier run was killed.

    Parameters
    ----------
    path : path
        Array to write, with a journal ``<path>.journal`` beside it that stays until :func:`discard`.
    scan : Scan
        The raw scan.
    recipe : Recipe, optional
        What is to be done.
    progress : Progress
        Told between slabs; may raise to cancel, and what is done stays.

    Returns
    -------
    Volume
        As :func:`reconstruct` gives it, but mapped from the file.

    Raises
    ------
    InputError
        As for :func:`reconstruct`, the file cannot be written, or another run writes to it.
    """
    with reconstructed_on_disk(path, scan, recipe, progress) as volume:
        return volume


@contextmanager
def reconstructed_on_disk(
    path: str | Path, scan: Scan, recipe: Recipe | None = None, progress: Progress = silent
) -> Iterator[Volume]:
    """Reconstruct as :func:`reconstruct_on_disk`, and let no other run write to the file while the block uses it.

    Yields
    ------
    Volume
        Mapped from the file, which the block may :func:`discard`.
    """
    path = Path(path)
    recipe = Recipe() if recipe is None else recipe
    recipe.check(scan)
    with exclusive_writing(path):
        run = SlabRun(scan, recipe)
        VolumeFile(path, run.shape()).check_room()
        journal = Journal(journal_of(path), fingerprint(scan, recipe, run.method))

        def target(shape: tuple[int, int, int]) -> VolumeFile:
            # Only when the scan has been found fit, so that nothing is left of one that is not.
            file = VolumeFile(path, shape)
            if not (journal.done and file.is_there()):
                journal.forget()
                file.make()
            return file

        prepared = run.stream(target, journal, progress)
        yield run.volume(np.load(path, mmap_mode="r"), prepared)
