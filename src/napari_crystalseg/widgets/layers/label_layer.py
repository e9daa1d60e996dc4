"""Nouns to napari layers and back, with their place in the world kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...class_colours import CLASS_COLOURS, UNKNOWN_COLOUR
from ...errors import InputError
from ...labels import Labels, Material
from ...provenance import Provenance
from ...volume import Quantity, Volume
from .check_sum import fingerprint
from .label_counts import counts_of, other_codes, other_codes_text
from .layer_place import finest, spatial_of_voxels, voxel_size_um
from .layer_record import RECORD
from .one_slice import is_single_slice, volume_layer
from .orientation import LayerOrientation, orientation_of

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Image, Layer
    from napari.layers import Labels as LabelsLayer

    from ..tasks.open.reconstruction import StoredVolume


def class_colormap() -> Any:
    """Colours of the classes for a Labels layer; air is clear, and a code that means nothing is red."""
    from napari.utils.colormaps import DirectLabelColormap

    colours: dict[int | None, Any] = {None: UNKNOWN_COLOUR}
    colours |= {int(m): colour for m, colour in CLASS_COLOURS.items()}
    return DirectLabelColormap(color_dict=colours)


def image_layer(
    volume: Volume | StoredVolume,
    name: str = "volume",
    source: str | None = None,
    contrast: tuple[float, float] | None = None,
) -> Image:
    """Make an Image layer of a volume, in µm, or in pixels where its voxel size is not known.

    Parameters
    ----------
    volume : Volume or StoredVolume
        Voxel values, in memory or in a file.
    name : str
        Name of the layer.
    source : str or None
        Name of what it was made from, if not itself.
    contrast : (float, float), optional
        Voxel values to show as black and white, where they are known; else some of the voxel values are looked at.
    """
    from napari.layers import Image

    return Image(
        volume.data,
        name=name,
        colormap="gray",
        contrast_limits=_contrast(volume.data) if contrast is None else contrast,
        metadata={RECORD: {"provenance": volume.provenance, "quantity": volume.quantity, **_from(source)}},
        **spatial_of_voxels(volume.voxel_size_um),
    )


def labels_layer(
    labels: Labels, spatial: dict[str, Any] | None = None, name: str = "labels", source: str | None = None
) -> LabelsLayer:
    """Make a Labels layer of labels.

    Parameters
    ----------
    labels : Labels
        Labels to show; their array is copied, because the brush writes into the layer's.
    spatial : dict or None
        Place of the layer that they belong to (:func:`spatial_of`); by default the labels' own voxel size.
    name : str
        Name of the layer.
    source : str or None
        Name of what they were made from, if not their own.

    Returns
    -------
    napari.layers.Labels
        uint8, with the classes named (shown under the cursor) and coloured, and the brush set to the crystal.
    """
    record = {"provenance": labels.provenance, "fingerprint": fingerprint(labels.data), **_from(source)}
    place = spatial_of_voxels(labels.voxel_size_um) if spatial is None else spatial
    return class_layer(np.array(labels.data, dtype=np.uint8), place, name, {RECORD: record})


def class_layer(
    codes: NDArray[np.uint8], spatial: dict[str, Any], name: str, metadata: dict[str, Any] | None = None
) -> LabelsLayer:
    """Make a Labels layer around an array of codes, with the classes named and coloured, and the brush set to crystal.

    Parameters
    ----------
    codes : ndarray of uint8, shape (z, y, x)
        Codes of :class:`Material`, and others, which are drawn red. The brush writes into this array.
    spatial : dict
        Place in the world, as :func:`spatial_of` gives it.
    name : str
        Name of the layer.
    metadata : dict, optional
        What the layer keeps.
    """
    import pandas as pd
    from napari.layers import Labels as LabelsLayer

    layer = LabelsLayer(
        codes,
        name=name,
        colormap=class_colormap(),
        opacity=0.5,
        features=pd.DataFrame({"index": [int(m) for m in Material], "class": [m.title for m in Material]}),
        metadata=metadata,
        **spatial,
    )
    layer.selected_label = int(Material.CRYSTAL)
    return layer


def add_labels(viewer: ViewerModel, layer: LabelsLayer) -> None:
    """Add a Labels layer to a viewer and make it the active one, with a brush that paints balls."""
    viewer.add_layer(layer)
    viewer.layers.selection.active = layer
    # Only now: napari's layer controls set it back to 2 while they are made.
    layer.n_edit_dimensions = 3


def uncertainty_layer(uncertainty: NDArray[np.uint8], spatial: dict[str, Any], name: str = "uncertainty") -> Image:
    """Make the hidden Image layer that shows where the network is unsure: 255 × the probability that it is wrong."""
    from napari.layers import Image

    return Image(
        uncertainty,
        name=name,
        colormap="magma",
        blending="additive",
        contrast_limits=(0, 255),
        visible=False,
        metadata={RECORD: {"uncertainty": True}},
        **spatial,
    )


def volume_of(layer: Image) -> Volume:
    """Read an Image layer back as a volume, as it is seen: flips and turns by right angles are done to the array.

    Raises
    ------
    InputError
        Other axes than three, or the two of a single slice, colours, a raw scan, NaN, turned by an angle that is no
        multiple of 90°, or voxels in pixels that are no cubes.
    """
    if getattr(layer, "rgb", False):
        raise InputError(f"Layer '{layer.name}' is a colour image; a tomogram has one value a voxel.")
    record = layer.metadata.get(RECORD, {})
    if "scan" in record:
        raise InputError(f"'{layer.name}' holds the projections of a raw scan, not a volume; reconstruct it first.")
    layer, record = _with_axis_z(layer)
    size, orientation = _stated_voxel_size(layer), _orientation(layer)
    return Volume(
        _data_as_seen(_array(layer), orientation),
        size,
        quantity=record.get("quantity", Quantity.ARBITRARY),
        provenance=orientation.noted(record.get("provenance", Provenance())),
    )


def labels_of(layer: LabelsLayer) -> Labels:
    """Read a Labels layer back as labels: a copy, so that the brush may go on.

    They are as they are seen: flips and turns by right angles that napari draws are done to the array.

    Raises
    ------
    InputError
        Other axes than three, or the two of a single slice, codes other than 0 to 4, turned by an angle that is no
        multiple of 90°, or voxels in pixels that are no cubes.
    """
    layer, record = _with_axis_z(layer)
    data = np.array(_array(layer))
    provenance = record.get("provenance", Provenance())
    if record.get("fingerprint") not in (None, fingerprint(data)):
        provenance = provenance.then("edit by hand in napari")
    _refuse_other_codes(data)
    size, orientation = _stated_voxel_size(layer), _orientation(layer)
    return Labels(_data_as_seen(data, orientation), size, provenance=orientation.noted(provenance))


def _array(layer: Layer) -> NDArray[Any]:
    return np.asarray(finest(layer))


def _orientation(layer: Layer) -> LayerOrientation:
    # Other axes than three are refused by the noun, with a better sentence.
    return orientation_of(layer) if layer.ndim == 3 else LayerOrientation()


def _data_as_seen(data: NDArray[Any], orientation: LayerOrientation) -> NDArray[Any]:
    return data if orientation.is_plain else np.ascontiguousarray(orientation.seen(data))


def _refuse_other_codes(data: NDArray[Any]) -> None:
    """Refuse codes that are no class as the stages say it: how many voxels of which, and where to mend them."""
    if data.size and np.issubdtype(data.dtype, np.integer) and (data.min() < 0 or data.max() > max(Material)):
        raise InputError(other_codes_text(other_codes(counts_of(data))))


def _with_axis_z(layer: Any) -> tuple[Any, dict[str, Any]]:
    """Layer and its record, of a single slice those of the volume that it is taken for."""
    if is_single_slice(layer):
        name = layer.name
        layer = volume_layer(layer)
        layer.name = name  # by which the user knows it
    return layer, layer.metadata.get(RECORD, {})


def _from(source: str | None) -> dict[str, str]:
    return {} if source is None else {"source": source}


def _stated_voxel_size(layer: Layer) -> tuple[float, float, float] | None:
    """Voxel size of a layer, None where it is not known: then the voxels must be cubes, as a noun takes them for."""
    size = voxel_size_um(layer)
    scale = np.abs(layer.scale[-3:])
    if size is None and layer.ndim >= 3 and scale.max() > scale.min() * (1 + 1e-6):
        raise InputError(
            f"The scale of '{layer.name}', {' : '.join(f'{one:g}' for one in scale)}, has no unit of length: give its "
            "voxel size in the stage Open."
        )
    return size


def _contrast(data: NDArray[np.float32]) -> tuple[float, float]:
    step = max(1, round((data.size / 2e6) ** (1 / 3)))
    low, high = (float(v) for v in np.percentile(data[::step, ::step, ::step], (0.5, 99.8)))
    return (low, high) if high > low else (low, low + 1.0)
