import numpy as np
import pytest
from algotom.prep import removal

from helpers.analytic import discs, ellipsoids
from napari_crystalseg.errors import InputError
from napari_crystalseg.tomography import back_project, remove_stripes

ANGLES = np.linspace(0, 180, 150, endpoint=False)


def test_stripes_go_and_the_sample_stays():
    rng = np.random.default_rng(1)
    true = ellipsoids(rng, ANGLES, (16, 96), 46.3)
    striped = true + rng.normal(0, 0.02, (16, 96)).astype(np.float32)
    wanted, rings, cleaned, harmed = (
        back_project(each, ANGLES, 46.3) for each in (true, striped, remove_stripes(striped), remove_stripes(true))
    )
    assert np.std(cleaned - wanted) < 0.4 * np.std(rings - wanted)
    assert np.std(harmed - wanted) < 0.005 * wanted.max()


def test_strong_rod_casts_no_streaks():
    rod = discs(ANGLES, 96, 47.5, [(0, 0, 40.2, 0.002), (12, 10, 6.2, 0.2)])
    before, after = back_project(rod, ANGLES, 47.5), back_project(remove_stripes(rod), ANGLES, 47.5)
    assert np.abs(after - before).max() < 0.002


@pytest.mark.parametrize(("method", "name"), [("sorting", "remove_stripe_based_sorting"), ("all", "remove_all_stripe")])
def test_algotom_is_asked_row_by_row(method, name):
    rng = np.random.default_rng(1)
    striped = ellipsoids(rng, ANGLES, (3, 96), 46.3) + rng.normal(0, 0.02, (3, 96)).astype(np.float32)
    given = striped.copy()
    for row, found in enumerate(np.moveaxis(remove_stripes(striped, method), 1, 0)):
        np.testing.assert_array_equal(found, getattr(removal, name)(given[:, row].copy()).astype(np.float32))
    np.testing.assert_array_equal(striped, given)


def test_unknown_method_is_refused():
    with pytest.raises(InputError, match="median, sorting, all, none"):
        remove_stripes(np.zeros((3, 1, 9), dtype=np.float32), "wavelet")


@pytest.mark.parametrize("size_px", [9, 4, 1])
def test_the_median_over_columns_is_scipys_to_the_last_bit(size_px):
    from scipy.ndimage import median_filter

    lines = np.random.default_rng(6).normal(1, 0.2, (31, 3, 24)).astype(np.float32)
    in_order = np.sort(lines, axis=0)
    excess = in_order - median_filter(in_order, size=(1, 1, size_px), mode="nearest")
    # No column keeps its value, so that there is nothing to bridge.
    np.testing.assert_array_equal(remove_stripes(lines, size_px=size_px), lines - np.median(excess, axis=0))
