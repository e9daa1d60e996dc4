import warnings

import numpy as np
import pytest

from napari_crystalseg.tomography.preprocessing.zingers import zinger_share


@pytest.mark.parametrize("gap", [np.nan, np.inf, np.finfo(np.float32).max, -1, 0])
def test_stray_hits_are_seen_beside_gaps_of_any_encoding(gap):
    rng = np.random.default_rng(0)
    frames = rng.normal(1000, 10, (12, 20, 30)).astype(np.float32)
    frames[rng.random(frames.shape) < 0.01] = 5000
    without_gap = zinger_share(frames)
    frames[:, :, 20:24] = gap
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        share = zinger_share(frames)
    assert without_gap == pytest.approx(0.01, rel=0.3)
    assert share == pytest.approx(without_gap * 26 / 30, rel=0.15)
