"""Save layers as files that keep their scale and provenance."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .errors import CrystalSegError, InputError


def write_labels(path: str | None = None, data: Any = None, state: dict[str, Any] | None = None) -> list[str]:
    """Save a Labels layer as uint8 ``.tif``, ``.zarr``, ``.h5`` or ``.npy``, with its voxel size and how it was made.

    Parameters
    ----------
    path : str, optional
        File to write. Without one, as napari's command palette calls it, the user is told where layers are saved.
    data : ndarray of int, shape (z, y, x), or (y, x) of a single slice
        Codes 0 to 4.
    state : dict
        Rest of the layer, as napari hands it over.

    Returns
    -------
    list of str
        The file written.

    Raises
    ------
    CrystalSegError
        Other codes, other axes than three or two, or voxels in pixels that are no cubes.
    """
    from .io import save_labels
    from .widgets.layers.label_layer import labels_of

    if path is None or state is None:
        return _ask_for_selection()
    with _errors_for_napari():
        save_labels(labels_of(_layer(data, state, "labels")), path)
    return [path]


def write_volume(path: str | None = None, data: Any = None, state: dict[str, Any] | None = None) -> list[str]:
    """Save an Image layer as float32 ``.tif``, ``.zarr``, ``.h5`` or ``.npy``, with its voxel size and how it was made.

    Parameters
    ----------
    path : str, optional
        File to write. Without one, as napari's command palette calls it, the user is told where layers are saved.
    data : ndarray, shape (z, y, x), or (y, x) of a single slice
        Voxel values.
    state : dict
        Rest of the layer, as napari hands it over.

    Returns
    -------
    list of str
        The file written.

    Raises
    ------
    CrystalSegError
        NaN, other axes than three or two, a raw scan, or voxels in pixels that are no cubes.
    """
    from .io import save_volume
    from .widgets.layers.label_layer import volume_of

    if path is None or state is None:
        return _ask_for_selection()
    with _errors_for_napari():
        save_volume(volume_of(_layer(data, state, "image")), path)
    return [path]


def _ask_for_selection() -> list[str]:
    from napari.utils.notifications import show_info

    show_info("Select the layer, then File → Save Selected Layers: files keep their voxel size and provenance.")
    return []


@contextmanager
def _errors_for_napari() -> Iterator[None]:
    """Raise what is no ValueError: napari takes one for want of a writer, and our sentence is lost."""
    try:
        yield
    except InputError as error:
        raise CrystalSegError(str(error)) from error


def _layer(data: Any, state: dict[str, Any], kind: str) -> Any:
    from napari.layers import Layer

    return Layer.create(data, state, kind)
