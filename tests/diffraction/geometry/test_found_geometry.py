"""Beam centre and tilt of analytic images: what is found, what is not, and what is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_crystalseg.diffraction.geometry.background_blocks import BackgroundBlocks
from napari_crystalseg.diffraction.geometry.detector_geometry import DetectorGeometry
from napari_crystalseg.diffraction.geometry.find_geometry import find_geometry
from napari_crystalseg.diffraction.geometry.friedel_centre import SIGNIFICANT, friedel_centre
from napari_crystalseg.diffraction.geometry.lattice_centre import lattice_centre
from napari_crystalseg.diffraction.geometry.radial_centre import radial_centre
from napari_crystalseg.errors import InputError
from napari_crystalseg.io.diffraction_images import DiffractionImage

SHAPE, PIXEL, WAVELENGTH = (300, 320), 0.6, 1.0
TRUE = DetectorGeometry.of_tilt((182.4, 131.7), 200.0, PIXEL, SHAPE[::-1], 1.5, -2.0, WAVELENGTH)


def pixels() -> np.ndarray:
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]] + 0.5
    return np.column_stack([columns.ravel(), rows.ravel()])


def background(true: DetectorGeometry = TRUE, flat: bool = False, photons: float = 30.0) -> np.ndarray:
    """Mean counts of air and water, with a beam stop, its arm and a shadow."""
    places = pixels()
    q = 4 * np.pi / WAVELENGTH * np.sin(true.two_theta_rad(places) / 2)
    curve = np.ones(len(q)) if flat else 0.3 + 2 * np.exp(-q / 0.4) + 0.8 * np.exp(-(((q - 2.0) / 0.35) ** 2))
    vectors = true.directions(places)
    length = np.linalg.norm(vectors, axis=1)
    mean = photons * curve * (np.abs(vectors @ true.normal) / length / (length / 200) ** 2 if not flat else 1)
    mean = mean.reshape(SHAPE)
    x, y = places.T.reshape(2, *SHAPE)
    if not flat:
        mean = np.where(np.hypot(x - 180, y - 133) < 7, 0.05 * mean, mean)
        mean = np.where((np.abs(y - 133) < 2.5) & (x > 180), 0.4 * mean, mean)
        mean = np.where(x + y > 590, 0.3 * mean, mean)
    return mean


def lattice_spots(true: DetectorGeometry = TRUE, seed: int = 2) -> np.ndarray:
    """Places of the spots of a still of a crystal with a cell of 47, 58 and 71 Å."""
    from scipy.spatial.transform import Rotation

    axes = Rotation.random(random_state=seed).as_matrix() @ np.diag([1 / 47, 1 / 58, 1 / 71])
    index = np.stack(np.meshgrid(*[np.arange(-25, 26)] * 3, indexing="ij"), -1).reshape(-1, 3)
    q = index @ axes.T
    out = q + true.beam / WAVELENGTH
    near = (np.abs(np.linalg.norm(out, axis=1) - 1 / WAVELENGTH) < 6e-4) & (np.abs(index).sum(1) > 0)
    rays = out[near & (np.linalg.norm(q, axis=1) < 0.4)]
    place = rays * (true.panel.origin_mm @ true.normal / (rays @ true.normal))[:, np.newaxis] - true.panel.origin_mm
    found = np.column_stack([place @ true.panel.fast, place @ true.panel.slow]) / PIXEL
    return found[((found > 3) & (found < np.array(SHAPE[::-1]) - 3)).all(axis=1)]


def image(mean: np.ndarray, spots: np.ndarray | None = None, seed: int = 0, **header) -> DiffractionImage:
    rng = np.random.default_rng(seed)
    mean = mean.copy()
    for x, y in [] if spots is None else spots:
        rows, columns = np.mgrid[int(y) - 3 : int(y) + 4, int(x) - 3 : int(x) + 4]
        shape = np.exp(-((columns + 0.5 - x) ** 2 + (rows + 0.5 - y) ** 2) / (2 * 0.7**2))
        mean[int(y) - 3 : int(y) + 4, int(x) - 3 : int(x) + 4] += 900 * shape / shape.sum()
    mask = np.zeros(SHAPE, bool)
    mask[100:104] = mask[:, 210:213] = True
    header = {"distance_mm": 200.0, **header}
    return DiffractionImage(rng.poisson(mean), mask, (PIXEL, PIXEL), WAVELENGTH, **header)


def off(found: DetectorGeometry | tuple[float, float], true: DetectorGeometry = TRUE) -> float:
    centre = found.beam_centre_px if isinstance(found, DetectorGeometry) else found
    return float(np.linalg.norm(np.subtract(centre, true.beam_centre_px)))


def test_background_tells_centre_and_tilt():
    found = find_geometry(image(background()), networks=False)
    assert found.taken == "background" and off(found.geometry) < 1.0
    assert found.tilt_from == "background"
    assert (found.geometry.pitch_deg, found.geometry.yaw_deg) == pytest.approx((1.5, -2.0), abs=0.6)
    assert found.water_ring_q is None or abs(found.water_ring_q - 2.0) < 0.2
    assert found.to_dict()["about_sample"]["distance_mm"] < 200


def test_spots_sharpen_it_and_tell_it_without_a_background():
    spots = lattice_spots()
    assert len(spots) > 25
    found = find_geometry(image(background(), spots), networks=False)
    assert found.taken == "lattice" and off(found.geometry) < 0.5
    exact = lattice_centre(spots, np.ones(len(spots)), TRUE.with_centre(np.add(TRUE.beam_centre_px, (1.5, -1.0))), 4.0)
    assert exact is not None and off(exact.beam_centre_px) < 0.1
    nothing = lattice_centre(np.random.default_rng(1).uniform(5, 290, (40, 2)), np.ones(40), TRUE, 4.0)
    assert nothing is None or nothing.score < 0.6


def test_a_flat_background_is_said_to_be_flat():
    flat = image(background(flat=True), beam_centre_px=(180.0, 130.0), beam_centre_statement="made up")
    found = find_geometry(flat, networks=False)
    assert found.flat and found.taken == "header" and found.geometry.beam_centre_px == pytest.approx((180.0, 130.0))
    assert any("The background is flat" in text for text in found.sentences)
    nowhere = find_geometry(replace(flat, beam_centre_px=None), networks=False)
    assert nowhere.taken == "none" and any("does not tell its beam centre" in text for text in nowhere.sentences)


def test_a_header_that_is_off_is_told():
    found = find_geometry(image(background(), beam_centre_px=(160.0, 150.0), beam_centre_statement="x"), networks=False)
    assert off(found.geometry) < 1.0
    assert any("The header's beam centre (160.0, 150.0)" in text for text in found.sentences)


def test_a_tilt_that_the_header_states_is_held_and_a_beam_beside_the_detector_is_found():
    beside = DetectorGeometry.of_tilt((-25.0, 140.0), 200.0, PIXEL, SHAPE[::-1], 0.0, -25.0, WAVELENGTH)
    mean = background(beside)
    seen = image(mean, two_theta_deg=25.0, beam_centre_px=beside.normal_foot_px)
    seen = replace(seen, distance_mm=beside.normal_distance_mm)
    found = find_geometry(seen, networks=False)
    assert found.geometry.tilt_deg == pytest.approx(25.0, abs=1.5)
    assert off(found.geometry, beside) < 4.0
    assert any("beside the detector" in text for text in found.sentences)


def test_pairs_of_spots_about_a_point_are_voted_for_and_chance_is_not():
    rng = np.random.default_rng(3)
    square = DetectorGeometry.of_tilt((150.0, 140.0), 200.0, PIXEL, SHAPE[::-1], 0, 0, WAVELENGTH)
    half = rng.normal(0, 35, (40, 2))
    pairs = np.vstack([np.array([151.3, 138.2]) + half, np.array([151.3, 138.2]) - half])
    found = friedel_centre(pairs, np.tile(rng.exponential(1, 40), 2), square)
    assert found is not None and found.significance > SIGNIFICANT
    assert found.beam_centre_px == pytest.approx((151.3, 138.2), abs=1.0)
    chance = friedel_centre(rng.uniform(20, 280, (80, 2)), rng.exponential(1, 80), square)
    assert chance is not None and chance.significance < SIGNIFICANT
    assert friedel_centre(pairs[:5], np.ones(5), square) is None


def test_values_that_are_no_counts_are_scaled_to_them():
    counted = image(background())
    for scaled in (counted.counts * 1e-4, counted.counts * 250.0, counted.counts - 12.5):
        other = replace(counted, counts=scaled.astype(np.float32))
        found = radial_centre(BackgroundBlocks.of(other), TRUE.with_centre((160.0, 150.0)), SHAPE)
        assert found.determined and off(found.beam_centre_px) < 1.5
    noise = np.random.default_rng(0).normal(0, 3, SHAPE)
    assert find_geometry(DiffractionImage(noise, np.zeros(SHAPE, bool)), networks=False).taken == "none"


def test_a_bent_detector_is_refused():
    with pytest.raises(InputError, match="do not lie in one plane"):
        find_geometry(replace(image(background()), curved=True), networks=False)


def test_pixels_without_a_size_give_a_centre_all_the_same():
    square = DetectorGeometry.of_tilt((182.4, 131.7), 200.0, PIXEL, SHAPE[::-1], 0, 0, WAVELENGTH)
    plain = image(background(square))
    plain = DiffractionImage(plain.counts, plain.mask)
    blocks = BackgroundBlocks.of(plain)
    start = DetectorGeometry.of_tilt((160.0, 150.0), 500.0, 1.0, SHAPE[::-1])
    assert off(radial_centre(blocks, start, SHAPE).beam_centre_px) < 1.0
    found = find_geometry(plain, networks=False)
    assert off(found.geometry) < 1.0 and found.to_dict()["header"]["distance_mm"] is None
    with pytest.raises(InputError, match="distance must be positive"):
        find_geometry(plain, distance_mm=-1, networks=False)
