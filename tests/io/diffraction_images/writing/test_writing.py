from __future__ import annotations

import h5py
import numpy as np
import pytest

from napari_crystalseg.io.diffraction_images import count_diffraction_images, open_diffraction_image
from napari_crystalseg.io.diffraction_images.writing.cbf import write_cbf
from napari_crystalseg.io.diffraction_images.writing.frame_header import FrameHeader, WrittenModule
from napari_crystalseg.io.diffraction_images.writing.nxmx import nxmx_writer

SHAPE = (40, 50)


def header(**changes):
    module = WrittenModule(
        np.array([-4.0, 3.0, -120.0]), np.array([1.0, 0, 0]), np.array([0, -1.0, 0]), (0.172, 0.172), (0, 0), SHAPE
    )
    stated = {
        "detector": "PILATUS, simulated",
        "modules": (module,),
        "sensor": ("Si", 0.32),
        "wavelength_angstrom": 1.25,
        "exposure_s": 0.1,
        "distance_mm": 120.0,
        "beam_centre_px": (4.0 / 0.172, 3.0 / 0.172),
        "rotation_axis": (1.0, 0.0, 0.0),
        "angles_deg": np.array([10.0, 10.5, 11.0]),
        "width_deg": 0.5,
        "cutoff": 1000,
        "note": "made for a test",
    }
    return FrameHeader(**stated | changes)


@pytest.fixture
def counts():
    image = np.random.default_rng(1).poisson(3.0, SHAPE).astype(np.int32)
    image[:, 20:22], image[5, 6], image[30, 30] = -1, -2, 900
    return image


def test_cbf_comes_back_with_what_it_states(tmp_path, counts):
    path = tmp_path / "image_00002.cbf"
    write_cbf(path, counts, header(), 1)
    image = open_diffraction_image(path)
    assert (image.mask == (counts < 0)).all()
    assert (image.counts[~image.mask] == counts[~image.mask]).all()
    assert image.distance_mm == pytest.approx(120.0)
    assert image.wavelength_angstrom == pytest.approx(1.25)
    assert image.beam_centre_px == pytest.approx((4.0 / 0.172, 3.0 / 0.172), abs=1e-3)
    assert image.oscillation_deg == pytest.approx((10.5, 0.5))
    assert (image.sensor.material, image.sensor.thickness_mm) == ("Si", pytest.approx(0.32))


def test_fabio_reads_the_same_counts(tmp_path, counts):
    import fabio

    write_cbf(tmp_path / "image.cbf", counts, header(), 0)
    assert (fabio.open(str(tmp_path / "image.cbf")).data == counts).all()


def test_nxmx_comes_back_with_its_place_in_the_laboratory(tmp_path, counts):
    path = tmp_path / "images.nxs"
    with nxmx_writer(path, SHAPE, header(), counts < 0, {"made": "here"}) as write:
        for number in range(3):
            write(number, counts + number * (counts >= 0))
    assert count_diffraction_images(path) == 3
    image = open_diffraction_image(path, 3)
    assert (image.mask == (counts < 0)).all()
    assert (image.counts[~image.mask] == counts[~image.mask] + 2).all()
    assert image.axes.origin_mm == pytest.approx([-4.0, 3.0, -120.0])
    assert image.axes.fast == pytest.approx([1, 0, 0])
    assert image.axes.slow == pytest.approx([0, -1, 0])
    assert image.oscillation_deg == pytest.approx((11.0, 0.5))
    assert image.wavelength_angstrom == pytest.approx(1.25)
    with h5py.File(path) as file:
        assert "here" in file["entry/provenance"][()].decode()


def test_a_barrel_states_no_distance_in_cbf(tmp_path, counts):
    """Readers that know it count by how far it was moved from about the sample."""
    module = header().modules[0]
    write_cbf(tmp_path / "image.cbf", counts, header(modules=(module, module)), 0)
    assert b"Detector_distance 0.000000 m" in (tmp_path / "image.cbf").read_bytes()
