from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.diffraction.background import Background
from napari_crystalseg.diffraction.beam import DiffractionBeam
from napari_crystalseg.diffraction.crystal import DiffractingCrystal
from napari_crystalseg.diffraction.detectors import preset_detector
from napari_crystalseg.diffraction.images import Camera, SimulatedScan
from napari_crystalseg.diffraction.lattice import Lattice
from napari_crystalseg.diffraction.rotation import rotation_sweep
from napari_crystalseg.diffraction.structure_factors import wilson_structure_factors
from napari_crystalseg.errors import InputError

BEAM = DiffractionBeam(flux_per_s=1e11)
IMAGES = 16


@pytest.fixture(scope="module")
def scan():
    detector = preset_detector("pilatus-2m", 200.0).binned(2)
    lattice = Lattice.preset("lysozyme").turned(5)
    crystal = DiffractingCrystal(lattice, 3e4, mosaicity_deg=0.15)
    camera = Camera(detector, beam_stop=None, calibration=0.0, dead_part=0.0, hot_part=0.0)
    sweep = rotation_sweep(BEAM, detector, width_deg=0.25, images=IMAGES, lattice=lattice)
    return SimulatedScan.of(sweep, crystal, wilson_structure_factors(lattice, 4.0), BEAM, camera, exposure_s=0.5)


def test_images_add_up_to_darwins_totals(scan):
    """Over all images together, and spot by spot for spots that stand alone."""
    stack = [scan.image(number) for number in range(IMAGES)]
    total = sum(image.signal[0].astype(float) for image in stack)
    assert total.sum() == pytest.approx((scan.photons * scan.recorded()).sum(), rel=0.01)
    place, photons = scan.reflections.position_px, scan.photons * scan.recorded()
    height, width = total.shape
    bright = np.flatnonzero(photons > 100)
    inside = ((place[bright] > 5) & (place[bright] < [width - 5, height - 5])).all(axis=1)
    checked = 0
    for row in bright[inside]:
        near = np.abs(place - place[row]).max(axis=1) < 9
        if photons[near].sum() > 1.002 * photons[row]:
            continue
        x, y = place[row].astype(int)
        assert total[y - 5 : y + 6, x - 5 : x + 6].sum() == pytest.approx(photons[row], rel=0.01)
        checked += 1
    assert checked >= 5


def test_parts_of_a_reflection_follow_its_profile(scan):
    part = scan.recorded()
    middle = (scan.reflections.image > 5) & (scan.reflections.image < 11) & (np.abs(scan.reflections.zeta) > 0.5)
    assert part[middle] == pytest.approx(1.0, abs=1e-3)
    edge = np.argmin(np.abs(scan.reflections.image) + 10 * (np.abs(scan.reflections.zeta) < 0.5))
    expected = 0.5 + 0.5 * np.sign(scan.reflections.image[edge]) * 0.5
    assert part[edge] == pytest.approx(expected, abs=0.3)


def test_absorption_weakens_reflections_by_its_factors(scan):
    rng = np.random.default_rng(1)
    factors = rng.uniform(0.3, 0.9, len(scan.reflections))
    weak = scan.absorbed(factors)
    assert weak.photons == pytest.approx(scan.photons * factors)
    assert weak.absorbed(factors).absorption == pytest.approx(factors**2)
    assert weak.image(8).signal[0].sum() < 0.9 * scan.image(8).signal[0].sum()
    with pytest.raises(InputError, match="between 0 and 1"):
        scan.absorbed(np.full(len(scan.reflections), 1.5))


def test_each_image_has_its_own_counts_and_the_same_again(scan):
    from dataclasses import replace

    one = replace(scan, background=Background())
    assert (one.image(3).counts[0] == one.image(3).counts[0]).all()
    assert (one.image(3).counts[0] != one.image(4).counts[0]).any()
    assert (replace(one, seed=9).image(3).counts[0] != one.image(3).counts[0]).any()


def test_what_does_not_fit_is_refused(scan):
    with pytest.raises(InputError, match="counted from 0"):
        scan.image(IMAGES)
    other = DiffractionBeam(8.0)
    with pytest.raises(InputError, match="give one"):
        SimulatedScan.of(
            scan.sweep, scan.crystal, wilson_structure_factors(scan.crystal.lattice, 4), other, scan.camera
        )
