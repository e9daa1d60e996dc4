"""The table of classes, as wide as the dock lets it be."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.labels import Labels
from napari_crystalseg.widgets.class_labels.class_table import ClassTable
from napari_crystalseg.widgets.layers.connections import Connections
from napari_crystalseg.widgets.layers.label_layer import labels_layer
from napari_crystalseg.widgets.session.session import session_of


@pytest.mark.parametrize("padding", [0, 5, 12])
def test_the_heading_keeps_both_quotes_however_the_theme_pads_it(viewer, qtbot, padding):
    session, connections = session_of(viewer), Connections()
    layer = labels_layer(Labels(np.zeros((4, 4, 4), np.uint8), (1.0, 1.0, 1.0)), name="thaumatin_18 labels")
    viewer.add_layer(layer)
    session.labels = layer
    table = ClassTable(viewer, session, connections)
    qtbot.addWidget(table)
    table.setStyleSheet(f"QLabel {{ padding: {padding}px }}")
    table.show()
    for width in range(220, 420, 7):
        table.resize(width, 200)
        qtbot.wait(1)
        heading = table.heading
        assert heading.text().startswith("classes of '") and heading.text().endswith("'")
        assert heading.sizeHint().width() <= max(
            heading.width(), heading.fontMetrics().horizontalAdvance("classes of '…'") + 2 * padding
        ), width
    assert heading.text() == "classes of 'thaumatin_18 labels'"
    connections.close()
