"""In which sample coefficients were measured."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from ..layers.layer_record import source_of

if TYPE_CHECKING:
    from napari.layers import Layer


class MeasuredIn:
    """Remembers in which sample coefficients were measured; it keeps no layer alive.

    Parameters
    ----------
    labels, image : napari.layers.Layer or None
        Labels and volume of the sample.
    """

    def __init__(self, labels: Layer | None, image: Layer | None) -> None:
        self.name = "" if labels is None else source_of(labels)
        self._layers = [weakref.ref(layer) for layer in (labels, image) if layer is not None]

    def is_sample_of(self, labels: Layer | None, image: Layer | None) -> bool:
        """Whether labels or volume are those of the measurement."""
        there = [layer for layer in (labels, image) if layer is not None]
        return not there or any(layer() is one for layer in self._layers for one in there)
