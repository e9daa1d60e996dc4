"""Diffraction images: what is read of each format, and what is refused with which sentence."""

from __future__ import annotations

import gzip

import h5py
import numpy as np
import pytest
import tifffile

from helpers.diffraction_files import PILATUS, counted, write_eiger, write_minicbf
from napari_crystalseg.errors import InputError
from napari_crystalseg.io.diffraction_images import (
    DiffractionImage,
    count_diffraction_images,
    is_diffraction_image,
    open_diffraction_image,
)


def test_a_minicbf_gives_counts_mask_and_statements(tmp_path):
    image = open_diffraction_image(write_minicbf(tmp_path / "a.cbf"))
    stored = counted()
    masked = (stored < 0) | (stored >= 1000)
    assert np.array_equal(image.mask, masked)
    assert np.array_equal(image.counts, np.where(masked, 0, stored))
    assert image.pixel_size_mm == pytest.approx((0.172, 0.172))
    assert (image.wavelength_angstrom, image.distance_mm) == (1.0, 200.0)
    assert image.beam_centre_px == (33.5, 21.25)
    assert image.oscillation_deg == (10.0, 0.5)
    assert image.sensor is not None and (image.sensor.material, image.sensor.thickness_mm) == ("Si", 0.32)
    assert image.two_theta_deg is None and image.axes is None
    assert any("cutoff" in text for text in image.assumptions)
    assert list(image.provenance.inputs) == ["a.cbf"]


def test_a_packed_cbf_is_unpacked(tmp_path):
    whole = write_minicbf(tmp_path / "a.cbf").read_bytes()
    (tmp_path / "b.cbf.gz").write_bytes(gzip.compress(whole))
    assert is_diffraction_image(tmp_path / "b.cbf.gz")
    assert np.array_equal(
        open_diffraction_image(tmp_path / "b.cbf.gz").counts, open_diffraction_image(tmp_path / "a.cbf").counts
    )
    (tmp_path / "c.cbf.gz").write_bytes(gzip.compress(whole)[:-200])
    with pytest.raises(InputError, match="cannot be unpacked"):
        open_diffraction_image(tmp_path / "c.cbf.gz")


def test_axes_of_an_imgcif_header_are_multiplied_out(tmp_path):
    cif = """loop_
_diffrn_scan_frame_axis.frame_id
_diffrn_scan_frame_axis.axis_id
_diffrn_scan_frame_axis.angle
_diffrn_scan_frame_axis.displacement
FRAME1 TWO_THETA 30.0 0.0
FRAME1 DET_Z 0.0 160.0
loop_
_axis.id
_axis.type
_axis.equipment
_axis.depends_on
_axis.vector[1] _axis.vector[2] _axis.vector[3]
_axis.offset[1] _axis.offset[2] _axis.offset[3]
SOURCE     general     source   .         0 0 1 . . .
TWO_THETA  rotation    detector .         1 0 0 . . .
DET_Z      translation detector TWO_THETA 0 0 -1 0 0 0
ELEMENT_X  translation detector DET_Z     1 0 0 -5 4 0
ELEMENT_Y  translation detector ELEMENT_X 0 -1 0 0 0 0
loop_
_array_structure_list.array_id
_array_structure_list.index
_array_structure_list.dimension
_array_structure_list.precedence
_array_structure_list.direction
_array_structure_list.axis_set_id
ARRAY1 1 64 1 increasing ELEMENT_X
ARRAY1 2 48 2 increasing ELEMENT_Y
loop_
_array_structure_list_axis.axis_set_id
_array_structure_list_axis.axis_id
_array_structure_list_axis.displacement
_array_structure_list_axis.displacement_increment
ELEMENT_X ELEMENT_X 0.0 0.172
ELEMENT_Y ELEMENT_Y 0.0 0.172
"""
    axes = open_diffraction_image(write_minicbf(tmp_path / "a.cbf", cif=cif)).axes
    sine, cosine = 0.5, np.sqrt(0.75)
    assert axes is not None
    assert np.allclose(axes.fast, [1, 0, 0])
    assert np.allclose(axes.slow, [0, -cosine, -sine])
    assert np.allclose(axes.origin_mm, [-5, 4 * cosine + 160 * sine, 4 * sine - 160 * cosine])


def test_an_eiger_master_gives_the_image_that_was_asked_for(tmp_path):
    master = write_eiger(tmp_path)
    assert count_diffraction_images(master) == 6
    assert is_diffraction_image(master)
    image = open_diffraction_image(master, 5)
    gap = counted() < 0
    assert image.mask[gap].all() and image.mask[0].all() and image.mask.sum() == gap.sum() + 64
    assert image.counts[10, 10] == counted()[10, 10] + 4
    assert (image.number, image.count) == (5, 6)
    assert image.pixel_size_mm == pytest.approx((0.075, 0.075))
    assert image.distance_mm == pytest.approx(200) and image.wavelength_angstrom == pytest.approx(0.9795)
    assert image.oscillation_deg == pytest.approx((10.4, 0.1))
    assert image.detector == "Dectris Eiger 4M"
    with pytest.raises(InputError, match="holds 6 images; there is no 7"):
        open_diffraction_image(master, 7)
    (tmp_path / "sample_1_data_000001.h5").unlink()
    with pytest.raises(InputError, match=r"refers to sample_1_data_000001\.h5"):
        open_diffraction_image(master)


def test_nxmx_places_the_module_through_its_transformations(tmp_path):
    path = tmp_path / "nxmx.nxs"
    with h5py.File(path, "w") as file:
        file["entry/definition"] = "NXmx"
        file["entry/data/data"] = np.ones((2, 32, 40), np.uint16)
        detector = file.create_group("entry/instrument/detector")
        chain = detector.create_group("transformations")
        for name, value, kind, vector, parent in (
            ("two_theta", 20.0, "rotation", (0, 1, 0), "."),
            ("det_z", 150.0, "translation", (0, 0, 1), "two_theta"),
        ):
            chain[name] = value
            chain[name].attrs.update({"transformation_type": kind, "vector": vector, "depends_on": parent})
            chain[name].attrs["units"] = "deg" if kind == "rotation" else "mm"
        module = detector.create_group("module")
        for name, vector, parent in (
            ("module_offset", (1, 0, 0), "/entry/instrument/detector/transformations/det_z"),
            ("fast_pixel_direction", (-1, 0, 0), "module_offset"),
            ("slow_pixel_direction", (0, -1, 0), "module_offset"),
        ):
            module[name] = 0.0 if name == "module_offset" else 0.075
            module[name].attrs.update({"vector": vector, "depends_on": parent, "units": "mm"})
            module[name].attrs["transformation_type"] = "translation"
        module["module_offset"].attrs.update({"offset": (3.0, 2.0, 0.0), "offset_units": "mm"})
    axes = open_diffraction_image(path).axes
    angle = np.deg2rad(20)
    # In McStas's frame the corner (3, 2, 150) turns about +y towards +x; DIALS's is that, half a turn about y.
    x, z = 3 * np.cos(angle) + 150 * np.sin(angle), 150 * np.cos(angle) - 3 * np.sin(angle)
    assert axes is not None and np.allclose(axes.origin_mm, [-x, 2, -z])
    assert np.allclose(axes.fast, [np.cos(angle), 0, -np.sin(angle)])
    assert np.allclose(np.cross(axes.fast, axes.slow) @ axes.origin_mm, 150)


def test_plain_hdf5_and_tiff_are_read_and_claimed_by_none(tmp_path):
    with h5py.File(tmp_path / "plain.h5", "w") as file:
        file["entry/data/data"] = counted()
    tifffile.imwrite(tmp_path / "plain.tif", counted())
    for name in ("plain.h5", "plain.tif"):
        image = open_diffraction_image(tmp_path / name)
        assert image.mask.sum() == (counted() < 0).sum() and image.wavelength_angstrom is None
        assert not is_diffraction_image(tmp_path / name)


def test_a_tiff_of_a_pilatus_says_so(tmp_path):
    tifffile.imwrite(tmp_path / "p.tif", counted(), description=PILATUS)
    assert is_diffraction_image(tmp_path / "p.tif")
    assert open_diffraction_image(tmp_path / "p.tif").distance_mm == 200.0


def test_numbers_that_are_no_measurement_are_masked(tmp_path):
    values = np.ones((20, 24), np.float32)
    values[0, 0], values[1, 1], values[2, 2] = np.nan, np.inf, -1
    tifffile.imwrite(tmp_path / "f.tif", values)
    assert np.argwhere(open_diffraction_image(tmp_path / "f.tif").mask).tolist() == [[0, 0], [1, 1], [2, 2]]
    tifffile.imwrite(tmp_path / "u.tif", np.full((20, 24), 65535, np.uint16))
    with pytest.raises(InputError, match="no pixel with a measurement"):
        open_diffraction_image(tmp_path / "u.tif")


def test_damage_is_told_in_one_sentence(tmp_path):
    whole = write_minicbf(tmp_path / "a.cbf").read_bytes()
    for name, content, words in (
        ("cut.cbf", whole[: len(whole) // 2], "truncated"),
        ("flipped.cbf", whole[:-2000] + b"\x55" * 40 + whole[-1960:], "checksum"),
        ("header.cbf", whole[:300], "without image data"),
        ("empty.cbf", b"", "empty"),
        ("text.cbf", b"hello world, this is no image", "no diffraction image"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=words) as refusal:
            open_diffraction_image(tmp_path / name)
        assert name in str(refusal.value) and "\n" not in str(refusal.value)
    with pytest.raises(InputError, match="is a folder"):
        open_diffraction_image(tmp_path)
    with pytest.raises(InputError, match="no file"):
        open_diffraction_image(tmp_path / "absent.cbf")


def test_what_cannot_be_is_refused():
    with pytest.raises(InputError, match="too small"):
        DiffractionImage(np.ones((3, 40)), np.zeros((3, 40), bool))
    with pytest.raises(InputError, match="wavelength must be positive"):
        DiffractionImage(np.ones((30, 40)), np.zeros((30, 40), bool), wavelength_angstrom=-1)
