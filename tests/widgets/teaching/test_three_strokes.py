"""Three strokes are enough for a crystal in liquor in air."""

from __future__ import annotations

import numpy as np

from napari_crystalseg.labels import Material

from .conftest import SHAPE, sample, three_strokes


def test_three_strokes_make_labels_where_there_were_none(box, desk, image, viewer, ended):
    three_strokes(box)
    strokes = box.layer
    box.teach_button.click()
    ended()
    layer = desk.session.labels
    assert layer is not None and layer is not strokes
    truth = sample()
    for code in (Material.AIR, Material.LIQUOR, Material.CRYSTAL):
        one, other = layer.data == code, truth == code
        assert 2 * np.count_nonzero(one & other) / (np.count_nonzero(one) + np.count_nonzero(other)) > 0.97
    np.testing.assert_allclose(layer.data_to_world((3, 2, 1)), image.data_to_world((3, 2, 1)))
    assert desk.session.uncertainty[layer].shape == SHAPE
    assert not strokes.visible and box.classes.counts[Material.CRYSTAL].text() != "0"
    assert "strokes alone" in box.said.text()
