"""Values that are kept packed: the same when they are asked for, and a small part of the memory."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.drops.objects import DROP, DropObject, DropObjects
from napari_crystalseg.workflows.drops.evaluate.packed import Packed


def test_values_come_back_and_take_little():
    rows, columns = np.indices((400, 400))
    objects = DropObjects((400, 400), (DropObject(DROP, np.hypot(rows - 200, columns - 190) < 150, score=0.7),))
    packed = Packed()
    packed.put("A01.png", objects)
    assert len(packed) == 1 and list(packed) == ["A01.png"] and "A01.png" in packed and "A02.png" not in packed
    (kept,) = packed.values()
    (one,) = kept.objects
    assert (kept.shape, one.kind, one.score, one.origin_px) == ((400, 400), DROP, 0.7, (51, 41))
    assert np.array_equal(one.mask, objects.objects[0].mask)
    assert len(packed._packed["A01.png"]) < one.mask.nbytes / 20
    with pytest.raises(KeyError):
        packed["A02.png"]
