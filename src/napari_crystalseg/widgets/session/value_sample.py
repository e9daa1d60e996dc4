"""Voxel values of the chosen volume that the labels are held against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..layers.layer_place import finest
from ..layers.layer_record import RECORD
from ..layers.orientation import orientation_of
from .label_findings import pair_problem

if TYPE_CHECKING:
    from ...judgement.lamps.value_sample import ValueSample
    from .session import Session


def value_sample(session: Session) -> ValueSample | None:
    """Take some voxel values of the chosen volume, as it is seen; a matter of milliseconds.

    None where there is no volume of the chosen labels, or it is not in memory: reading it would keep the window.
    """
    from ...judgement.lamps.value_sample import ValueSample
    from ...volume import Quantity

    labels, image = session.labels, session.image
    if labels is None or image is None or labels.ndim != 3 or image.ndim != 3 or getattr(image, "rgb", False):
        return None
    data = finest(image)
    if not isinstance(data, np.ndarray) or pair_problem(session):
        return None
    quantity = image.metadata.get(RECORD, {}).get("quantity", Quantity.ARBITRARY)
    energy_kev = None if session.scan is None else session.scan.energy_kev
    return ValueSample.of(orientation_of(image).seen(data), quantity, energy_kev)
