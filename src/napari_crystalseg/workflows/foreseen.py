"""What the commands that come next will refuse of a file, so that it is told when the file is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ..errors import InputError
from ..io import Description, open_labels, open_scan, open_volume
from ..labels import Labels, Material
from ..scan import Scan
from ..volume import Volume

# Files of more bytes are not read for this.
_READ_BYTES = 2**30


def foreseen(
    path: str | Path,
    description: Description,
    voxel_size_um: float | None = None,
    *,
    axes: str | None = None,
    dataset: str | None = None,
) -> tuple[str, ...]:
    """Return what ``reconstruct``, ``segment``, ``absorb`` or ``process`` will refuse or leave out, a sentence each.

    Parameters
    ----------
    path : path
        The file.
    description : Description
        Of it; what has more than a gigabyte is not judged, which is said.
    voxel_size_um, axes, dataset
        As :func:`~..io.describe` takes them.

    Raises
    ------
    InputError
        It cannot be opened.
    """
    if description.nbytes > _READ_BYTES:
        return (f"Not judged, as it takes long to read: '{_NEXT[description.kind]}' does so before its work.",)
    if description.kind == "scan":
        return tuple(_of_scan(open_scan(path, pixel_size_um=voxel_size_um)))
    if description.kind == "volume":
        return tuple(_of_volume(open_volume(path, voxel_size_um=voxel_size_um, axes=axes, dataset=dataset)))
    return tuple(_of_labels(open_labels(path, voxel_size_um=voxel_size_um, axes=axes, dataset=dataset)))


_NEXT = {"scan": "reconstruct", "volume": "segment", "labels": "absorb"}


def _of_scan(scan: Scan) -> Iterator[str]:
    from ..tomography import Recipe, judge_scan
    from .coefficients import tabulated

    try:
        Recipe().check(scan)
        judged = judge_scan(scan)
        yield from (f"{text}." for text in judged.statements)
        judged.rotation_axis()
    except InputError as error:
        yield f"Refused by 'reconstruct' and 'process': {error}"
    if scan.energy_kev is not None:
        try:
            tabulated(scan.energy_kev)
        except InputError as error:
            yield f"Refused by 'process' without --energy-kev or coefficients: {error}"


def _of_volume(volume: Volume) -> Iterator[str]:
    if volume.data.size and float(np.min(volume.data)) == float(np.max(volume.data)):
        yield "Refused by 'segment' and 'process': all voxel values are the same, so that nothing can be told apart."


def _of_labels(labels: Labels) -> Iterator[str]:
    from ..absorption import why_no_factors

    why = why_no_factors(labels)
    if not (labels.data == Material.CRYSTAL).any():
        yield "Refused by 'absorb': there is no crystal (class 3), so that there are no absorption factors."
    elif why is not None:
        yield f"Refused by 'absorb': {why}"
    others = int(np.count_nonzero(labels.data == Material.OTHER))
    if others:
        counted = "1 voxel is" if others == 1 else f"{others} voxels are"
        yield f"{counted} class 4 (other), for which 'absorb' needs a coefficient: --mu-other (0 for gas)."
