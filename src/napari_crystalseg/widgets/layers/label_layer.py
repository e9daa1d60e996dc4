"""Nouns to napari layers and back, with their place in the world kept."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...class_colours import CLASS_COLOURS, UNKNOWN_COLOUR
from ...errors import InputError
from ...labels import Labels, Material
from ...provenance import Provenance
from ...volume import Quantity, Volume
from .orientation import Orientation, orientation_of, upright_place

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Image, Layer
    from napari.layers import Labels as LabelsLayer

    from ..tasks.scan_tasks import StoredVolume

RECORD = "crystalseg"
"""Key of ``layer.metadata`` that keeps what a layer cannot say itself: provenance and what the greys mean."""

PREVIEW = "preview"
"""Key in that record of a layer that only shows what could be simulated: no stage works on it."""

SURFACES = "labels in 3-D"
"""What ``PREVIEW`` is in the record of the layer that shows labels as surfaces."""

LIVE = "live slice"
"""Key in that record of the layer that shows one slice while the rotation axis is looked for: no stage works on it."""

OVERLAY = "geometry overlay"
"""Key in that record of the layers that lay labels over a projection: no stage works on them."""

SPATIAL = ("scale", "translate", "rotate", "shear", "affine", "units", "axis_labels")
AXES = ("z", "y", "x")
_SLAB_BYTES = 1 << 22


def spatial_of(layer: Layer) -> dict[str, Any]:
    """Everything that places what is seen of a layer in the world, to hand to a layer of what was made of it."""
    try:
        plain = layer.ndim != 3 or orientation_of(layer).is_plain
    except InputError:
        plain = True  # no noun is made of it
    return {name: getattr(layer, name) for name in SPATIAL} if plain else upright_place(layer)


def spatial_of_voxels(voxel_size_um: tuple[float, float, float] | None) -> dict[str, Any]:
    """Place of a grid that only knows its voxel size, µm; in pixels where it knows not even that."""
    if voxel_size_um is None:
        return {"scale": (1.0,) * 3, "units": ("pixel",) * 3, "axis_labels": AXES}
    return {"scale": voxel_size_um, "units": ("um",) * 3, "axis_labels": AXES}


def voxel_size_um(layer: Layer) -> tuple[float, float, float] | None:
    """Voxel size of a layer along its last three axes, µm.

    Parameters
    ----------
    layer : napari.layers.Layer
        A layer of three axes or more, in any units of length, scaled, rotated or moved.

    Returns
    -------
    tuple of float or None
        (z, y, x) in µm, as the layer is seen; along the axes of the array where it is turned by no multiple of 90°.
        None where it counts in pixels, so that nothing says how large a voxel is.

    Raises
    ------
    InputError
        The layer is sheared: then a voxel is no box and has no size along its axes.
    """
    if layer.ndim < 3:
        return None
    to_um = [_micrometres(unit) for unit in layer.units]
    if any(factor is None for factor in to_um[-3:]):
        return None
    origin = np.asarray(layer.data_to_world((0.0,) * layer.ndim))
    edges = np.empty((3, 3))
    for row, axis in enumerate(range(layer.ndim - 3, layer.ndim)):
        step = np.zeros(layer.ndim)
        step[axis] = 1.0
        edge = np.asarray(layer.data_to_world(tuple(step))) - origin
        edges[row] = edge[-3:] * np.asarray(to_um[-3:], dtype=float)
    lengths = np.linalg.norm(edges, axis=1)
    if not (lengths > 0).all():
        raise InputError(f"Layer '{layer.name}' has a scale of zero; set its voxel size.")
    unit_edges = edges / lengths[:, np.newaxis]
    if np.abs(unit_edges @ unit_edges.T - np.eye(3)).max() > 1e-3:
        raise InputError(
            f"Layer '{layer.name}' is sheared; its voxels have no size along z, y and x. Remove the shear."
        )
    # A rotation leaves rounding errors in the last digits, which would be written to files.
    z, y, x = (float(f"{length:.9g}") for length in lengths)
    try:
        return orientation_of(layer).lengths((z, y, x))
    except InputError:
        return z, y, x


def set_voxel_size_um(layer: Layer, voxel_size: tuple[float, float, float]) -> None:
    """Give a layer its voxel size, µm, and note in its record that the user said so.

    A layer that counted in pixels counts in µm from then on; one that had a voxel size keeps its units.
    """
    if layer.ndim != 3:
        raise InputError(f"Layer '{layer.name}' has {layer.ndim} axes; a voxel size needs three (z, y, x).")
    if voxel_size_um(layer) is None:
        layer.units = ("um",) * 3
    # By factors, which hold in any units and under a flip, a rotation or an affine.
    factors = np.asarray(voxel_size) / np.asarray(voxel_size_um(layer))
    layer.scale = np.asarray(layer.scale) * orientation_of(layer).stored_lengths(tuple(factors))
    layer.axis_labels = AXES
    record = layer.metadata.get(RECORD, {})
    provenance = record.get("provenance", Provenance())
    provenance = provenance.then("set voxel size", voxel_size_um=list(voxel_size), voxel_size_from="the user")
    layer.metadata = {**layer.metadata, RECORD: {**record, "provenance": provenance}}


def class_colormap() -> Any:
    """Colours of the classes for a Labels layer; air is clear, and a code that means nothing is red."""
    from napari.utils.colormaps import DirectLabelColormap

    return DirectLabelColormap(
        color_dict={None: UNKNOWN_COLOUR, **{int(m): colour for m, colour in CLASS_COLOURS.items()}}
    )


def source_of(layer: Layer) -> str:
    """Name of the file or sample that a layer was made from; its own name where nothing says so."""
    return str(layer.metadata.get(RECORD, {}).get("source", layer.name))


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
        Greys, in memory or in a file.
    name : str
        Name of the layer.
    source : str or None
        Name of what it was made from, if not itself.
    contrast : (float, float), optional
        Greys to show as black and white, where they are known; else some of the greys are looked at.
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
    import pandas as pd
    from napari.layers import Labels as LabelsLayer

    layer = LabelsLayer(
        np.array(labels.data, dtype=np.uint8),
        name=name,
        colormap=class_colormap(),
        opacity=0.5,
        features=pd.DataFrame({"index": [int(m) for m in Material], "class": [m.title for m in Material]}),
        metadata={RECORD: {"provenance": labels.provenance, "fingerprint": fingerprint(labels.data), **_from(source)}},
        **(spatial_of_voxels(labels.voxel_size_um) if spatial is None else spatial),
    )
    layer.selected_label = int(Material.CRYSTAL)
    return layer


def add_labels(viewer: ViewerModel, layer: LabelsLayer) -> None:
    """Add a Labels layer to a viewer and make it the active one, with a brush that paints balls."""
    viewer.add_layer(layer)
    viewer.layers.selection.active = layer
    # Only now: napari's layer controls set it back to 2 while they are made.
    layer.n_edit_dimensions = 3


def uncertainty_layer(uncertainty: NDArray[np.float32], spatial: dict[str, Any], name: str = "uncertainty") -> Image:
    """Make the hidden Image layer that shows where the network is unsure, 0 to 1."""
    from napari.layers import Image

    return Image(
        uncertainty,
        name=name,
        colormap="magma",
        blending="additive",
        contrast_limits=(0.0, 1.0),
        visible=False,
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
        raise InputError(f"Layer '{layer.name}' is a colour image; a tomogram has one grey a voxel.")
    record = layer.metadata.get(RECORD, {})
    if "scan" in record:
        raise InputError(f"'{layer.name}' holds the projections of a raw scan, not a volume; reconstruct it first.")
    layer, record = _with_axis_z(layer)
    size, orientation = _stated_voxel_size(layer), _orientation(layer)
    return Volume(
        _seen(_array(layer), orientation),
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
    return Labels(_seen(data, orientation), size, provenance=orientation.noted(provenance))


def fingerprint(data: NDArray[Any]) -> int:
    """Short check sum of an array, to tell whether labels changed (not to tell who made them)."""
    check_sum = 0
    for _slab, so_far in fingerprint_by_slab(data):
        check_sum = so_far
    return check_sum


def fingerprint_with_voxel_size(layer: LabelsLayer, check_sum: int | None = None) -> int:
    """Check sum of a layer's labels, their voxel size and how they are turned: all that absorption factors depend on.

    Parameters
    ----------
    layer : napari.layers.Labels
        Labels.
    check_sum : int or None
        Check sum of its array, where it is known already.
    """
    if check_sum is None:
        check_sum = fingerprint(_array(layer))
    try:
        place: Any = voxel_size_um(layer), orientation_of(layer)
    except InputError:
        place = None
    return zlib.crc32(repr(place).encode(), check_sum)


def fingerprint_by_slab(data: Any) -> Iterator[tuple[NDArray[Any], int]]:
    """Yield ``(slab, check sum so far)`` over an array, so that the caller can stop for breath between slabs.

    Parameters
    ----------
    data : array-like, shape (z, y, x)
        In memory, or lazy: of zarr or dask, or from a file. The check sum is that of the values, wherever they lie.
    """
    # Arrays of zarr and dask have neither a length nor bytes of their own.
    rows = max(1, _SLAB_BYTES // max(1, data.dtype.itemsize * prod(data.shape[1:])))
    chunk = _rows_of_chunk(data)
    rows = max(1, rows // chunk) * chunk
    total = 0
    for start in range(0, data.shape[0], rows):
        slab = np.ascontiguousarray(data[start : start + rows])
        total = zlib.crc32(slab.data, total)
        yield slab, total


def _rows_of_chunk(data: Any) -> int:
    """Slices that are read at once anyway, of an array that lies in chunks."""
    chunks = getattr(data, "chunks", None)
    first = chunks[0] if chunks else 1
    return int(first if np.ndim(first) == 0 else max(first, default=1)) or 1


def finest(layer: Layer) -> Any:
    """Array of a layer, of a multiscale one that of its finest scale; lazy where the layer is."""
    return layer.data[0] if getattr(layer, "multiscale", False) else layer.data


def _array(layer: Layer) -> NDArray[Any]:
    return np.asarray(finest(layer))


def shape_of(layer: Layer) -> tuple[int, ...]:
    """Voxels of a layer along the axes as they are seen; as they are stored where it is turned by no right angle."""
    shape = tuple(int(n) for n in finest(layer).shape)
    try:
        return orientation_of(layer).lengths(shape) if len(shape) == 3 else shape  # type: ignore[arg-type]
    except InputError:
        return shape


def _orientation(layer: Layer) -> Orientation:
    # Other axes than three are refused by the noun, with a better sentence.
    return orientation_of(layer) if layer.ndim == 3 else Orientation()


def _seen(data: NDArray[Any], orientation: Orientation) -> NDArray[Any]:
    return data if orientation.is_plain else np.ascontiguousarray(orientation.seen(data))


def _refuse_other_codes(data: NDArray[Any]) -> None:
    """Refuse codes that are no class as the stages say it: how many voxels of which, and where to mend them."""
    if data.size and np.issubdtype(data.dtype, np.integer) and (data.min() < 0 or data.max() > max(Material)):
        from ..class_labels.label_counts import counts_of, other_codes
        from ..session.label_findings import other_codes_text

        raise InputError(other_codes_text(other_codes(counts_of(data))))


def _with_axis_z(layer: Any) -> tuple[Any, dict[str, Any]]:
    """Layer and its record, of a single slice those of the volume that it is taken for."""
    from .one_slice import is_single_slice, volume_layer

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


def _micrometres(unit: Any) -> float | None:
    import pint

    try:
        return float((1.0 * unit).to("micrometer").magnitude)
    except pint.DimensionalityError:
        return None


def _contrast(data: NDArray[np.float32]) -> tuple[float, float]:
    step = max(1, round((data.size / 2e6) ** (1 / 3)))
    low, high = (float(v) for v in np.percentile(data[::step, ::step, ::step], (0.5, 99.8)))
    return (low, high) if high > low else (low, low + 1.0)
