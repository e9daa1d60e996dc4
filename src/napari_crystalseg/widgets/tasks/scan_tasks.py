"""What the box of a raw scan asks of worker processes: plain functions, without Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...errors import CrystalSegError, InputError
from ...progress import Progress, part, silent
from ...provenance import Provenance
from ...scan import Scan
from ...volume import Quantity, Volume

if TYPE_CHECKING:
    from ...io import Description
    from ...tomography import Recipe
    from ...tomography.slice_preview import SlicePreview

# Enough for a histogram and for contrast.
_VALUES = 100_000
_PICTURE_PX = 400


@dataclass(frozen=True)
class SliceRequest:
    """Slice that is asked for.

    Parameters
    ----------
    token : int
        Number of the scan, another for each that is opened.
    row : int
        Row of the detector.
    remove_stripes : str
        As :class:`~..tomography.Preparation` takes it.
    centre_px : float or None
        Column of the rotation axis; None finds it.
    rough_px : float or None
        Column to show the slice at until the axis is found; None does not show it before.
    """

    token: int
    row: int
    remove_stripes: str = "median"
    centre_px: float | None = None
    rough_px: float | None = None

    @property
    def is_rough(self) -> bool:
        """Whether it is to be shown before its axis is found."""
        return self.centre_px is None and self.rough_px is not None

    @property
    def held(self) -> tuple[int, int, str]:
        """What is prepared once for all centres."""
        return self.token, self.row, self.remove_stripes


@dataclass(frozen=True, eq=False)
class SliceView:
    """A slice to look at.

    Parameters
    ----------
    request : SliceRequest
        What was asked for.
    image : ndarray of float32, shape (W, W)
        Greys, 1/µm, or per pixel where the pixel size is not known.
    centre_px : float
        Column of the rotation axis, in pixels of the detector.
    pixels : int
        Pixels of the detector that a voxel is wide.
    voxel_size_um : float or None
        None where it is not known.
    contrast : (float, float)
        Greys to show as black and white.
    values : ndarray of float32
        Some of the greys, without the strays.
    sinogram : ndarray of uint8, shape (angle, column), or None
        Line integrals of the row, thinned out, air dark; None where they are as before.
    note : str
        What is to be known of it; empty where all is well.
    half_acquisition : str
        How projections of a half acquisition were stitched; empty for other scans.
    """

    request: SliceRequest
    image: NDArray[np.float32]
    centre_px: float
    pixels: int
    voxel_size_um: float | None
    contrast: tuple[float, float]
    values: NDArray[np.float32]
    sinogram: NDArray[np.uint8] | None
    note: str = ""
    half_acquisition: str = ""


@dataclass(frozen=True, eq=False)
class StoredVolume:
    """A volume that stays in its file.

    Parameters
    ----------
    path : str
        ``.npy`` file of float32 (z, y, x).
    voxel_size_um : (float, float, float) or None
        Voxel size along (z, y, x), µm; None where it is not known.
    quantity : Quantity
        What the greys mean.
    provenance : Provenance
        How it was made.
    contrast : (float, float)
        Greys to show as black and white.
    """

    path: str
    voxel_size_um: tuple[float, float, float] | None
    quantity: Quantity
    provenance: Provenance
    contrast: tuple[float, float]

    @property
    def data(self) -> NDArray[np.float32]:
        """The greys, mapped from the file."""
        return np.load(self.path, mmap_mode="r")  # type: ignore[no-any-return]


def describe_file(
    path: str,
    axes: str | None = None,
    dataset: str | None = None,
    voxel_size_um: float | None = None,
    progress: Progress = silent,
) -> Description:
    """Tell what a file holds and how large it is, from its headers, as :func:`.io.describe` takes them."""
    from ... import io

    progress(0.1, "looking at its size")
    return io.describe(path, voxel_size_um, axes=axes, dataset=dataset)


# The slice that was looked at last, in the worker process: what follows is most often another centre of it.
_held: dict[tuple[int, int, str], SlicePreview] = {}


def slice_at(request: SliceRequest, scan: Scan | None, row: int = 0, progress: Progress = silent) -> SliceView:
    """Return a slice for a centre; quick where only the centre is another than before.

    Parameters
    ----------
    request : SliceRequest
        What is asked for.
    scan : Scan or None
        The raw scan, or rows of it; None where this process holds what is prepared.
    row : int
        Row of ``scan``.
    progress : Progress
        Told what is being done.
    """
    preview = _held.get(request.held)
    sinogram = None
    if preview is None:
        if scan is None:
            raise InputError("The slice is not prepared any more; move the row to prepare it again.")
        from ...tomography.slice_preview import LOOK, SlicePreview

        progress(0.1, "reading the rows around it")
        _held.clear()
        preview = SlicePreview(scan, row, preparation=replace(LOOK, remove_stripes=request.remove_stripes))
        _held[request.held] = preview
        sinogram = picture_of(preview.sinogram)
    note, centre = "", request.rough_px if request.is_rough else request.centre_px
    if centre is None:
        progress(0.5, "looking for the rotation axis")
        try:
            centre = preview.find_centre()
        except CrystalSegError as error:
            centre = (preview.sinogram.shape[1] * preview.binning - 1) / 2
            note = f"The middle of the detector is shown: {error}"
    note = " ".join([note, *(f"{text}." for text in preview.statements)]).strip()
    image = preview.at(centre)
    values = _thinned(image)
    low, high = _usual(values)
    few = values[(values >= low) & (values <= high)]
    return SliceView(
        request,
        image,
        float(centre),
        preview.binning,
        preview.voxel_size_um,
        _apart(low, high),
        few,
        sinogram,
        note,
        preview.half_acquisition(centre),
    )


def reconstruct_scan(
    scan: Scan, recipe: Recipe, liquor: bool = False, path: str | None = None, progress: Progress = silent
) -> Volume | StoredVolume:
    """Reconstruct a scan into memory or into a file.

    Parameters
    ----------
    scan : Scan
        The raw scan.
    recipe : Recipe
        What is to be done.
    liquor : bool
        Retrieve the phase with the δ/β of liquor at the scan's energy.
    path : str or None
        ``.npy`` file to write, slab by slab, which an earlier run may have begun; None for memory.
    progress : Progress
        Told how far it is.
    """
    from ... import tomography

    if liquor:
        from ...workflows.phase import with_phase_of_liquor

        recipe = with_phase_of_liquor(recipe, scan)
    if path is None:
        return tomography.reconstruct(scan, recipe, progress)
    on_disk = tomography.reconstructed_on_disk(path, scan, recipe, part(progress, 0.0, 0.98))
    with on_disk as volume:
        progress(0.98, "writing its record")
        _finish(path, volume)
        return StoredVolume(
            path,
            volume.voxel_size_um,
            volume.quantity,
            volume.provenance,
            _apart(*_usual(_thinned(volume.data))),
        )


def _finish(path: str, volume: Volume) -> None:
    """Give the file the record that it is opened by, and end its journal: from now on it is the user's."""
    from ...io import save_json

    save_json({"kind": "volume", **volume.to_dict()}, f"{path}.json")
    Path(f"{path}.journal").unlink(missing_ok=True)


def picture_of(image: NDArray[Any]) -> NDArray[np.uint8]:
    """Thin out an image to the size of a small picture, its usual greys from black to white."""
    steps = tuple(slice(None, None, max(1, length // _PICTURE_PX)) for length in image.shape)
    few = np.asarray(image[steps], dtype=np.float32)
    few = np.nan_to_num(few, nan=0.0, posinf=0.0, neginf=0.0)
    low, high = (float(value) for value in np.percentile(few, (0.5, 99.5)))
    return np.asarray(np.clip((few - low) / max(high - low, 1e-12) * 255, 0, 255), dtype=np.uint8)


def _usual(values: NDArray[np.floating]) -> tuple[float, float]:
    """Range of nearly all greys."""
    low, high = (float(value) for value in np.percentile(values, (0.5, 99.8)))
    return low, high


def _apart(low: float, high: float) -> tuple[float, float]:
    """Greys to show as black and white, which must differ."""
    return low, high if high > low else low + 1.0


def _thinned(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Some of the greys within the circle that every projection sees."""
    size = image.shape[-1]
    step = max(1, round((image.size / _VALUES) ** (1 / image.ndim)))
    away = np.arange(0, size, step) - (size - 1) / 2
    inside = away[:, np.newaxis] ** 2 + away**2 <= (size / 2) ** 2
    return np.asarray(image[(slice(None, None, step),) * image.ndim][..., inside]).reshape(-1)
