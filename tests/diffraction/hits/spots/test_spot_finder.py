from __future__ import annotations

import dataclasses
import shutil
import subprocess

import numpy as np
import pytest

from helpers import lcysteine
from helpers.drawn_spots import PIXEL_MM, expected_spots, flat_panel, matched, scattered
from napari_crystalseg.diffraction.hits.spots import SpotFinder
from napari_crystalseg.errors import InputError
from napari_crystalseg.experiment.table.reflection_file import read_table

SHAPE = (400, 360)


def counts(mean, seed=3):
    return np.random.default_rng(seed).poisson(mean).astype(np.int32)


@pytest.mark.parametrize("background", [0.02, 0.3, 5.0, 200.0])
def test_spots_of_six_sigma_are_found_where_they_are(background):
    places = scattered(SHAPE, 40, seed=1)
    # Some 6 sigma over the 12 pixels that hold most of a spot, and no fewer photons than one needs to be seen.
    photons = max(25.0, 7.5 * np.sqrt(12 * background + 25))
    image = counts(background + expected_spots(SHAPE, places, photons))
    found = SpotFinder().find(image)
    precision, recall = matched(found.centroid_px, places)
    assert precision >= 0.95
    assert recall >= 0.9
    nearest = np.linalg.norm(found.centroid_px[:, None] - places[None], axis=2).min(axis=1)
    assert np.median(nearest) < 0.5


def test_strong_spots_have_their_counts_and_places():
    places = scattered(SHAPE, 20, seed=2)
    photons = np.linspace(3000, 9000, 20)
    found = SpotFinder().find(counts(4 + expected_spots(SHAPE, places, photons)))
    assert len(found) == 20
    assert np.all(np.diff(found.intensity) <= 0)
    order = [int(np.linalg.norm(places - place, axis=1).argmin()) for place in found.centroid_px]
    assert found.centroid_px == pytest.approx(places[order], abs=0.08)
    # What is below the threshold at the rim of a spot is not counted.
    assert found.intensity == pytest.approx(photons[order], rel=0.06)
    assert found.background == pytest.approx(np.full(20, 4), abs=1.0)
    assert np.isnan(found.resolution_a).all()


@pytest.mark.parametrize("background", [0.01, 0.1, 1.0, 30.0, 1000.0])
def test_noise_alone_has_no_spots(background):
    found = sum(len(SpotFinder().find(counts(np.full((500, 500), background), seed))) for seed in range(3))
    assert found <= 1


def test_a_background_with_a_slope_has_no_spots():
    y, x = np.indices(SHAPE)
    water = 5 + 60 * np.exp(-(((np.hypot(x - 180, y - 200) - 90) / 25) ** 2))
    assert len(SpotFinder().find(counts(water))) == 0


@pytest.mark.parametrize(
    ("kind", "gap"), [(np.int32, -1), (np.uint32, 2**32 - 1), (np.uint16, 65535), (np.float32, np.nan), (np.uint16, 0)]
)
def test_gaps_and_dead_pixels_as_detectors_write_them(kind, gap):
    places = scattered(SHAPE, 25, seed=5)
    image = counts(8 + expected_spots(SHAPE, places, 400.0)).astype(kind)
    image[:, 100:107] = gap
    image[200:217] = gap
    image[17, 33] = gap if gap else 1
    found = SpotFinder().find(image)
    clear = (np.abs(places[:, 0] - 103.5) > 8) & (np.abs(places[:, 1] - 208.5) > 13)
    _, recall = matched(found.centroid_px, places[clear])
    assert recall == 1.0
    # Spots cut by a gap may be found beside it; nothing else is.
    assert matched(found.centroid_px, places, 4.0)[0] == 1.0


def test_masked_pixels_hot_pixels_and_hot_lines_are_no_spots():
    image = counts(np.full(SHAPE, 2.0))
    image[50, 60] = 5000
    image[100:140, 200] = 300
    image[300:304, 300:304] += 500
    mask = np.zeros(SHAPE, bool)
    mask[295:310, 295:310] = True
    assert len(SpotFinder().find(image)) == 1
    assert len(SpotFinder().find(image, mask)) == 0


@pytest.mark.parametrize("gain", [1 / 40, 0.37, 2.7, 150.0])
def test_values_in_proportion_to_photons(gain):
    places = scattered(SHAPE, 30, seed=6)
    image = counts(6 + expected_spots(SHAPE, places, 150.0))
    measured = SpotFinder().find(image * gain)
    assert matched(measured.centroid_px, places) == pytest.approx((1.0, 1.0), abs=0.04)
    given = SpotFinder(gain=gain).find(image * gain)
    assert matched(given.centroid_px, SpotFinder().find(image).centroid_px, 1e-3) == (1.0, 1.0)


def test_binned_images_have_spots_of_one_pixel():
    image = counts(np.full((120, 120), 20.0))
    image[40, 50] += 120
    image[80, 21] += 90
    assert len(SpotFinder().find(image)) == 0
    found = SpotFinder(fewest_pixels=1).find(image)
    assert found.centroid_px[:2] == pytest.approx(np.array([[50.5, 40.5], [21.5, 80.5]]), abs=0.6)


def ring(panel, spacing_a, wavelength_a, width_px):
    y, x = np.indices(SHAPE) + 0.5
    radius = np.hypot(x - SHAPE[1] / 2, y - SHAPE[0] / 2)
    angle = 2 * np.arcsin(wavelength_a / 2 / spacing_a)
    at = -panel.origin_mm[2] * np.tan(angle) / PIXEL_MM
    return np.exp(-(((radius - at) / width_px) ** 2) / 2)


def test_a_sharp_ring_is_no_spot_where_the_geometry_is_known():
    panel = flat_panel(SHAPE, 80.0)
    places = scattered(SHAPE, 20, seed=9)
    mean = 0.5 + 3 * ring(panel, 3.9, 1.0, 0.7) + expected_spots(SHAPE, places, 300.0)
    image = counts(mean)
    assert len(SpotFinder().find(image)) > 22  # pieces of the ring
    found = SpotFinder().find(image, panel=panel, wavelength_a=1.0)
    assert matched(found.centroid_px, places) == pytest.approx((1.0, 1.0), abs=0.06)


def test_grains_of_ice_are_marked_and_crystal_spots_are_not():
    panel, wavelength = flat_panel(SHAPE, 80.0), 1.0
    radius = 80.0 * np.tan(2 * np.arcsin(wavelength / 2 / 3.661)) / PIXEL_MM
    angles = np.deg2rad(np.arange(0, 360, 20.0))
    ice = np.column_stack([180 + radius * np.cos(angles), 200 + radius * np.sin(angles)])
    crystal = scattered(SHAPE, 15, seed=4)
    crystal = crystal[np.abs(np.hypot(*(crystal - [180, 200]).T) - radius) > 10]
    image = counts(1 + expected_spots(SHAPE, np.vstack([ice, crystal]), 400.0))
    found = SpotFinder().find(image, panel=panel, wavelength_a=wavelength)
    assert found.on_ring.sum() == len(ice)
    assert matched(found.crystal.centroid_px, crystal) == (1.0, 1.0)


def test_resolution_is_braggs():
    panel = flat_panel(SHAPE, 150.0)
    image = counts(1 + expected_spots(SHAPE, [(180.0, 320.0), (60.0, 200.0)], [900.0, 500.0]))
    found = SpotFinder().find(image, panel=panel, wavelength_a=1.2)
    d = 1.2 / (2 * np.sin(np.arctan(120 * PIXEL_MM / 150.0) / 2))
    assert found.resolution_a == pytest.approx([d, d], rel=2e-3)


def test_the_same_image_gives_the_same_spots():
    image = counts(3 + expected_spots(SHAPE, scattered(SHAPE, 10, seed=8), 200.0))
    first, second = (SpotFinder().find(image) for _ in range(2))
    for name in (field.name for field in dataclasses.fields(first)):
        assert getattr(first, name).tobytes() == getattr(second, name).tobytes()


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (np.zeros((2, 30, 30)), "one number a pixel"),
        (np.zeros((0, 30)), "one number a pixel"),
        (np.zeros((9, 9), complex), "one number a pixel"),
    ],
)
def test_what_is_no_image_is_refused(image, said):
    with pytest.raises(InputError, match=said):
        SpotFinder().find(image)


def test_refusals_of_masks_and_settings():
    with pytest.raises(InputError, match="must be alike"):
        SpotFinder().find(np.zeros((30, 30)), np.zeros((30, 31), bool))
    with pytest.raises(InputError, match="odd number"):
        SpotFinder(box_px=6)
    with pytest.raises(InputError, match="at least 5 and at most 4"):
        SpotFinder(fewest_pixels=5, most_pixels=4)
    with pytest.raises(InputError, match="gain must be a number above 0"):
        SpotFinder(gain=0.0)


@pytest.mark.parametrize("value", [0, 7, -1])
def test_images_without_anything_in_them(value):
    assert len(SpotFinder().find(np.full((40, 50), value, np.int32))) == 0


def test_real_spots_lie_where_their_reflections_were_integrated():
    pytest.importorskip("fabio")
    sweep = lcysteine.sweep()
    found = SpotFinder().find(
        lcysteine.image(), None, sweep.detector.panels[0], sweep.wavelength, sweep.source_direction
    )
    assert 11 <= len(found) <= 14
    table, _ = read_table(lcysteine.image_path().with_name("lcyst_01_first10_integrated.refl"))
    near = np.abs(table["xyzcal.px"][:, 2] - 1.5) < 2
    distance = np.linalg.norm(found.centroid_px[:, None] - table["xyzcal.px"][near, :2][None], axis=2)
    which = distance.argmin(axis=1)
    on = (distance.min(axis=1) < 2) & (table["d"][near][which] > 0)  # some were not indexed
    assert on.sum() >= 5
    assert found.resolution_a[on] == pytest.approx(table["d"][near][which[on]], rel=5e-3)
    assert not found.on_ring.any()


@pytest.mark.skipif(shutil.which("dials.find_spots") is None, reason="needs DIALS")
def test_the_spots_of_dials(tmp_path):
    pytest.importorskip("fabio")
    for command in (["dials.import", str(lcysteine.image_path())], ["dials.find_spots", "imported.expt", "nproc=1"]):
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    theirs = read_table(tmp_path / "strong.refl")[0]["xyzobs.px.value"][:, :2]
    precision, recall = matched(SpotFinder(sum_px=0).find(lcysteine.image()).centroid_px, theirs)
    assert recall >= 0.9
    assert precision >= 0.8
