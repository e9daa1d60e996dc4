"""What the stage Open asks of the worker process about files: plain functions, without Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....labels import Labels
from ....progress import Progress, silent
from ....scan import Scan
from ....volume import Volume

if TYPE_CHECKING:
    from ....io import Description


def describe_file(
    path: str,
    axes: str | None = None,
    dataset: str | None = None,
    voxel_size_um: float | None = None,
    progress: Progress = silent,
) -> Description:
    """Tell what a file holds and how large it is, from its headers, as :func:`.io.describe` takes them."""
    from .... import io

    progress(0.1, "looking at its size")
    return io.describe(path, voxel_size_um, axes=axes, dataset=dataset)


def open_file(
    path: str,
    axes: str | None = None,
    dataset: str | None = None,
    voxel_size_um: float | None = None,
    progress: Progress = silent,
) -> Scan | Volume | Labels:
    """Open whatever a file holds.

    Parameters
    ----------
    path : str
        File of a scan, a volume or labels.
    axes, dataset, voxel_size_um
        As :func:`.io.open_file` takes them.
    progress : Progress
        Told what is being read.

    Returns
    -------
    Scan, Volume or Labels
        What the file holds.
    """
    from .... import io

    progress(0.1, "reading")
    return io.open_file(path, voxel_size_um, axes=axes, dataset=dataset)
