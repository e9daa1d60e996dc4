import numpy as np
import pytest

from helpers.analytic import counted, discs, ellipsoids
from napari_crystalseg.errors import InputError
from napari_crystalseg.tomography import PLAIN, Recipe, SlicePreview, preview_slice, reconstruct

ANGLES = np.linspace(0, 180, 120, endpoint=False)


@pytest.fixture(scope="module")
def scan():
    rng = np.random.default_rng(3)
    return counted(ellipsoids(rng, ANGLES, (41, 65), 34.3), ANGLES, rng=rng, pixel_size_um=0.8)


@pytest.mark.parametrize("row", [0, 20, 40])
def test_slices_are_those_of_the_reconstruction(scan, row):
    preview = SlicePreview(scan, row)
    away = np.arange(65) - 32
    circle = np.hypot(away[:, np.newaxis], away) < 30
    for centre in (34.3, 30.0, 17.1):
        wanted = reconstruct(scan, Recipe(centre, preprocessing=PLAIN, method="fourier", rows=(row, row + 1))).data[0]
        found = preview.at(centre)
        # The air is that of a few rows instead of all, and so its noise.
        assert (found - wanted)[circle].std() < 0.1 * wanted[circle].std()
    assert preview.voxel_size_um == 0.8
    # On its way the axis may be anywhere.
    assert preview.at(2.0).shape == (65, 65)


def test_centre_found_and_given_are_in_pixels_of_the_detector(scan):
    preview = SlicePreview(scan, 20, binning=2)
    assert preview.find_centre() == pytest.approx(34.3, abs=0.5)
    small = preview.at(34.3)
    assert small.shape == (32, 32) and preview.voxel_size_um == 1.6
    np.testing.assert_array_equal(preview_slice(scan, 20, 34.3, binning=2), small)
    assert preview_slice(scan, 20).shape == (65, 65)


def test_a_bead_follows_the_centre():
    projections = discs(ANGLES, 64, 30.2, [(-6, 11, 4, 0.01)], rows=3)
    preview = SlicePreview(counted(projections, ANGLES), 1)
    image = np.where(preview.at(30.2) > 0.004, preview.at(30.2), 0)
    away = np.arange(64) - 31.5
    assert (image * away[:, np.newaxis]).sum() / image.sum() == pytest.approx(-6, abs=0.05)
    assert (image * away).sum() / image.sum() == pytest.approx(11, abs=0.05)


def test_wide_detectors_are_binned():
    frames = discs(np.linspace(0, 180, 4), 2600, 1300, [(0, 0, 900, 1e-4)], rows=4)
    assert SlicePreview(counted(frames, np.linspace(0, 180, 4)), 2).binning == 4


def test_unusable(scan):
    for options, said in (({"row": 41}, "no row 41"), ({"row": 3, "binning": 3}, "1, 2 or 4")):
        with pytest.raises(InputError, match=said):
            SlicePreview(scan, **options)
    with pytest.raises(InputError, match="outside the detector"):
        SlicePreview(scan, 3).at(65.0)
