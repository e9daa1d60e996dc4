from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.absorption import absorption_histogram
from napari_crystalseg.errors import InputError
from napari_crystalseg.factors import ABSORBING, Factors


def factors(values):
    zeros = np.zeros(len(values))
    return Factors(np.array(values, float), zeros, dict.fromkeys(ABSORBING, zeros))


def test_counts_and_csv():
    histogram = absorption_histogram(factors([0.2, 0.25, 0.4, np.nan]), bins=2)
    assert histogram.counts.tolist() == [2, 1]
    assert histogram.edges == pytest.approx([0.2, 0.3, 0.4])
    assert histogram.to_csv() == "A_low,A_high,reflections\n0.2,0.3,2\n0.3,0.4,1\n"


def test_nothing_to_count_is_refused():
    with pytest.raises(InputError, match="No reflection"):
        absorption_histogram(factors([np.nan]))
    with pytest.raises(InputError, match="at least one bin"):
        absorption_histogram(factors([0.5]), bins=0)
