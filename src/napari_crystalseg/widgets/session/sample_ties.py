"""Which labels belong to which volume: by their records, else by the order in which they came."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...provenance import InputHashes, Provenance
from ..layers.layer_place import shape_of
from ..layers.layer_record import RECORD

if TYPE_CHECKING:
    from napari.layers import Image, Layer
    from napari.layers import Labels as LabelsLayer

    from ...scan import Scan

_SHA256_DIGITS = 64


class SampleTies:
    """Remembers the volume of each Labels layer; it keeps no layer alive."""

    def __init__(self) -> None:
        self._volumes: weakref.WeakKeyDictionary[Any, weakref.ref[Any]] = weakref.WeakKeyDictionary()

    def tie(self, labels: LabelsLayer, image: Image) -> None:
        """Note that labels belong to a volume."""
        self._volumes[labels] = weakref.ref(image)

    def volume_of(self, labels: LabelsLayer) -> Image | None:
        """Volume that labels belong to; None where nothing says so, or it is gone."""
        found = self._volumes.get(labels)
        return None if found is None else found()

    def belong_together(self, labels: LabelsLayer, image: Image) -> bool | None:
        """Tell whether labels belong to a volume; None where nothing says so."""
        recorded = have_same_origin(labels, image)
        if recorded is not None:
            return recorded
        tied = self.volume_of(labels)
        return None if tied is None else tied is image

    def tie_new_labels(self, labels: LabelsLayer, chosen: Image | None) -> None:
        """Tie labels that came to the volume that was there before, if they are of its shape."""
        if self.volume_of(labels) is not None or chosen is None or shape_of(labels) != shape_of(chosen):
            return
        if have_same_origin(labels, chosen) is not False:
            self.tie(labels, chosen)

    def labels_for_new_volume(
        self, image: Image, labels: list[LabelsLayer], chosen: LabelsLayer | None
    ) -> LabelsLayer | None:
        """Return the labels that a volume that came is to be worked on with.

        Parameters
        ----------
        image : napari.layers.Image
            The volume.
        labels : list of napari.layers.Labels
            What there is, in the order in which it came.
        chosen : napari.layers.Labels or None
            What was worked on before.

        Returns
        -------
        napari.layers.Labels or None
            Those chosen, where nothing says that they are of another volume; else the last that are of this one.
        """
        if chosen is not None and self.belong_together(chosen, image) is None and shape_of(chosen) == shape_of(image):
            self.tie(chosen, image)
        if chosen is not None and self.belong_together(chosen, image) is not False:
            return chosen
        return next((one for one in reversed(labels) if self.belong_together(one, image)), None)


def have_same_origin(labels: Layer, image: Layer) -> bool | None:
    """Tell from their records whether labels were made of a volume, or both of one scan; None where they do not say.

    A large file whose hash nobody has asked for yet is not read for it.
    """
    of, made_of = (_inputs(layer) for layer in (image, labels))
    if set(of.values()) & set(made_of.values()):
        return True
    # Labels of a file know at least that file; what they were made of comes before it.
    earlier = dict(list(made_of.items())[:-1])
    if not earlier or not of or len(of) < len(_provenance(image).inputs):
        return None
    return False


def is_of_other_scan(labels: Layer, scan: Scan) -> bool:
    """Whether the records say that labels were made of another scan; False where they do not say."""
    of, made_of = _known(scan.provenance), _inputs(labels)
    steps = _provenance(labels).steps
    if not any(step.get("step") == "reconstruct" for step in steps) or not of or not made_of:
        return False
    return len(of) == len(scan.provenance.inputs) and not set(of.values()) & set(made_of.values())


def _provenance(layer: Layer) -> Provenance:
    found = layer.metadata.get(RECORD, {}).get("provenance")
    return found if isinstance(found, Provenance) else Provenance()


def _inputs(layer: Layer) -> Mapping[str, str]:
    return _known(_provenance(layer))


def _known(provenance: Provenance) -> Mapping[str, str]:
    inputs = provenance.inputs
    known = inputs.known if isinstance(inputs, InputHashes) else inputs
    return {name: found for name, found in known.items() if len(found) == _SHA256_DIGITS}  # else why there is none
