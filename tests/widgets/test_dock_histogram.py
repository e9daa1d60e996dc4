"""The histogram draws what it is given."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.widgets.parts.histogram_view import HistogramView, ticks


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0.0, 1.0, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]), (0.112, 0.229, [0.12, 0.14, 0.16, 0.18, 0.2, 0.22])],
)
def test_ticks_are_round(low, high, expected):
    assert list(ticks(low, high)) == pytest.approx(expected)


def blue_columns(histogram):
    image = histogram.grab().toImage()
    blue = []
    for x in range(image.width()):
        colours = [image.pixelColor(x, y) for y in range(image.height())]
        blue.append(sum(c.blue() > 200 and c.red() < 120 for c in colours))
    return np.array(blue)


def test_bars_are_as_high_as_they_are_full(qtbot):
    histogram = HistogramView("A_h", "nothing yet")
    qtbot.addWidget(histogram)
    histogram.resize(320, 130)
    assert blue_columns(histogram).max() == 0
    histogram.show_values([0.2] * 100 + [0.8] * 50 + [np.nan])
    heights = blue_columns(histogram)
    left, right = heights[:160].max(), heights[160:].max()
    assert right / left == pytest.approx(0.5, abs=0.05)
    assert heights[100:200].max() == 0
    histogram.show_values([np.nan])
    assert blue_columns(histogram).max() == 0


def test_equal_values_have_a_bar(qtbot):
    histogram = HistogramView("A_h", "nothing yet")
    qtbot.addWidget(histogram)
    histogram.show_values([0.5, 0.5])
    assert blue_columns(histogram).max() > 20
