"""Save layers as files that keep their scale and provenance."""

from __future__ import annotations

from typing import Any


def write_labels(path: str, data: Any, state: dict[str, Any]) -> list[str]:
    """Save a Labels layer as uint8 ``.tif`` or ``.npy``, with its voxel size and how it was made.

    Parameters
    ----------
    path : str
        File to write.
    data : ndarray of int, shape (z, y, x)
        Codes 0 to 4.
    state : dict
        Rest of the layer, as napari hands it over.

    Returns
    -------
    list of str
        The file written.

    Raises
    ------
    InputError
        Other codes, not three axes, or a layer that does not say how large a voxel is.
    """
    from .io import save_labels
    from .widgets.label_layer import labels_of

    save_labels(labels_of(_layer(data, state, "labels")), path)
    return [path]


def write_volume(path: str, data: Any, state: dict[str, Any]) -> list[str]:
    """Save an Image layer as float32 ``.tif`` or ``.npy``, with its voxel size and how it was made.

    Parameters
    ----------
    path : str
        File to write.
    data : ndarray, shape (z, y, x)
        Greys.
    state : dict
        Rest of the layer, as napari hands it over.

    Returns
    -------
    list of str
        The file written.

    Raises
    ------
    InputError
        NaN, not three axes, a raw scan, or a layer that does not say how large a voxel is.
    """
    from .io import save_volume
    from .widgets.label_layer import volume_of

    save_volume(volume_of(_layer(data, state, "image")), path)
    return [path]


def _layer(data: Any, state: dict[str, Any], kind: str) -> Any:
    from napari.layers import Layer

    return Layer.create(data, state, kind)
