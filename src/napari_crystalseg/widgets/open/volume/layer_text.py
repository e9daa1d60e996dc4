"""What the stage Open says and asks of a layer: its axes, its voxel values, and what was assumed when it was opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....errors import InputError
from ....io.grids.single_slice import THICKNESS
from ....provenance import Provenance
from ....volume import Quantity
from ...layers.layer_place import shape_of, voxel_size_um
from ...layers.layer_record import RECORD
from ...layers.orientation import orientation_of
from ...parts.levels import WARNING_SIGN

if TYPE_CHECKING:
    from napari.layers import Layer


def check_three_axes(layer: Layer) -> None:
    """Refuse a layer that is no grey volume, or that lies askew."""
    if layer.ndim != 3 or getattr(layer, "rgb", False):
        raise InputError(f"'{layer.name}' is no grey volume of three axes (z, y, x); take one that is.")
    voxel_size_um(layer)  # a shear says more than a turn
    orientation_of(layer)


def values_text(image: Layer) -> str:
    """Say what the voxel values of a volume are."""
    quantity = image.metadata.get(RECORD, {}).get("quantity", Quantity.ARBITRARY)
    return "linear attenuation, 1/µm" if quantity == Quantity.LINEAR_ATTENUATION else "arbitrary units"


def assumptions_of(layer: Layer | None) -> list[str]:
    """What was assumed about a layer when it was opened, in sentences."""
    record = {} if layer is None else layer.metadata.get(RECORD, {})
    provenance = record.get("provenance", Provenance())
    texts = provenance.assumptions
    if any(step.get("step") == "set voxel size" for step in provenance.steps):
        texts = tuple(text.removesuffix(f"; {THICKNESS}") for text in texts)
    return [f"Assumed: {text}." for text in texts]


def findings_of(image: Layer | None, shown: str) -> list[str]:
    """What was found in the scan of a volume, in sentences, but for those that are shown."""
    record = {} if image is None else image.metadata.get(RECORD, {})
    findings = record.get("provenance", Provenance()).findings
    return [f"{WARNING_SIGN} Found in its scan: {text.rstrip('.')}." for text in findings if text not in shown]


def layers_of_same_grid(image: Layer | None, labels: Layer | None) -> list[Layer]:
    """Layers that share a voxel size: the volume with the labels made from it, or either alone."""
    if image is None or labels is None:
        return [layer for layer in (image, labels) if layer is not None]
    own = voxel_size_um(labels)
    together = shape_of(labels) == shape_of(image) and own in (None, voxel_size_um(image))
    return [image, labels] if together else [image]
