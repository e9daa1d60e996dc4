"""The report on what the background is worth: the network fails without one, and that is said."""

from __future__ import annotations

import json

import numpy as np
import pytest

from napari_crystalseg.diffraction.geometry.background_dependence import (
    DependenceReport,
    KindFigures,
    background_dependence,
)
from napari_crystalseg.errors import InputError


def test_the_network_fails_on_flat_backgrounds_and_the_report_says_so():
    report = background_dependence(images=16, classical=False)
    found = {kind: report.figures[("network", kind)] for kind in ("counts", "flat", "peaks")}
    assert min(found["counts"].r) > 0.9 and found["counts"].median < 0.02
    assert found["flat"].median > 4 * found["counts"].median and found["peaks"].median > 4 * found["counts"].median
    assert report.warned["counts"] < 0.2 and min(report.warned["flat"], report.warned["peaks"]) > 0.8
    assert "finds the centre in the background and not in the peaks" in report.text()
    json.dumps(report.to_dict(), allow_nan=False)
    with pytest.raises(InputError, match="eight images"):
        background_dependence(images=3)


def test_a_way_without_an_answer_is_written_without_numbers():
    none = KindFigures(np.nan, np.nan, (0.0, 0.0), 0.0)
    report = DependenceReport(8, {("lattice", "flat"): none}, (1.0, 1.0), (1.5, 1.5), {"flat": 1.0})
    assert json.loads(json.dumps(report.to_dict(), allow_nan=False))["ways"]["lattice, flat"]["median_part"] is None
    assert "–" in report.text() and "nan" not in report.text()
