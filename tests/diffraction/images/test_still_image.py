from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.diffraction.background import Background
from napari_crystalseg.diffraction.beam import DiffractionBeam
from napari_crystalseg.diffraction.crystal import DiffractingCrystal
from napari_crystalseg.diffraction.detectors import preset_detector
from napari_crystalseg.diffraction.images import BeamStop, Camera, simulate_still
from napari_crystalseg.diffraction.images.camera import DEAD, GAP
from napari_crystalseg.diffraction.lattice import Lattice
from napari_crystalseg.diffraction.structure_factors import wilson_structure_factors
from napari_crystalseg.errors import InputError

BEAM = DiffractionBeam()


@pytest.fixture(scope="module")
def lysozyme():
    crystal = DiffractingCrystal(Lattice.preset("lysozyme").turned(2), mosaicity_deg=0.1)
    return crystal, wilson_structure_factors(crystal.lattice, 2.5)


def camera(**changes):
    """A quarter of the pixels of an Eiger 4M along each side."""
    detector = preset_detector("eiger-4m", 150.0).binned(4)
    return Camera(detector, **{"beam_stop": None, "calibration": 0.0, "dead_part": 0.0, "hot_part": 0.0, **changes})


def test_photons_of_the_image_are_those_of_its_reflections(lysozyme):
    image = simulate_still(*lysozyme, BEAM, camera())
    inside = image.signal[0].sum()
    assert inside == pytest.approx(image.photons.sum(), rel=0.02)  # some spots reach over an edge or into a gap
    counted = image.counts[0][image.counts[0] >= 0].sum()
    live = float(image.signal[0][image.counts[0] >= 0].sum())
    assert counted == pytest.approx(live, abs=float(5 * np.sqrt(live)))


def test_counts_scatter_as_poisson_says():
    background = Background(scale=3.0)
    image = simulate_still(None, None, BEAM, camera(), background=background, exposure_s=1.0)
    live = image.counts[0] >= 0
    mean, counts = image.background[0][live], image.counts[0][live]
    assert ((counts - mean) ** 2 / mean).mean() == pytest.approx(1.0, abs=0.02)


def test_gaps_dead_and_hot_pixels():
    made = camera(dead_part=0.01, hot_part=0.001, hot_counts=1e4)
    image = simulate_still(None, None, BEAM, made)
    counts = image.counts[0]
    assert (counts[made.gaps[0]] == GAP).all()
    assert (counts == DEAD).sum() == pytest.approx(0.01 * (~made.gaps[0]).sum(), rel=0.1)
    hot = made.hot[0]
    assert len(hot) == pytest.approx(0.001 * counts.size, rel=0.2)
    assert (counts > 9000).sum() == pytest.approx(len(hot), rel=0.2)
    assert ((counts == GAP) | (counts == DEAD) | (counts == 0) | (counts > 9000)).all()


def test_a_detector_has_the_same_pixels_in_every_image():
    one = camera(calibration=0.05).sensitivity[0]
    assert (one == camera(calibration=0.05).sensitivity[0]).all()
    assert one[one > 0].std() == pytest.approx(0.05, rel=0.02)
    assert (one != camera(calibration=0.05, serial=1).sensitivity[0]).any()


def test_the_same_seed_gives_the_same_image(lysozyme):
    one, two, other = (
        simulate_still(*lysozyme, BEAM, camera(), background=Background(), seed=seed).counts[0] for seed in (1, 1, 2)
    )
    assert (one == two).all()
    assert (one != other).any()


def test_the_beam_stop_is_round_about_the_beam_and_as_large_as_said():
    made = camera(beam_stop=BeamStop(radius_mm=0.5, distance_mm=30.0, arm_mm=0.0))
    shadow = 1 - made.shadow(np.array(BEAM.source_direction))[0]
    slow, fast = np.indices(shadow.shape) + 0.5
    centre = (shadow * fast).sum() / shadow.sum(), (shadow * slow).sum() / shadow.sum()
    assert centre == pytest.approx((2070 / 8, 2167 / 8), abs=0.05)
    assert shadow.sum() * 0.3**2 == pytest.approx(np.pi * 2.5**2, rel=0.02)


def test_a_crystal_needs_structure_factors(lysozyme):
    with pytest.raises(InputError, match="structure factors"):
        simulate_still(lysozyme[0], None, BEAM, camera())
