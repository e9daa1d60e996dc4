"""One image in a file is a volume one voxel thick, and it is said."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
import tifffile
import zarr

from napari_crystalseg import io
from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels
from napari_crystalseg.samples import sample_data_folder
from napari_crystalseg.volume import Volume

VOXEL_VALUES = np.random.default_rng(0).normal(size=(20, 30)).astype(np.float32)
CODES = (np.arange(600).reshape(20, 30) % 5).astype(np.uint8)
ONE_SLICE = "a single slice, read as a volume one voxel thick along the rotation axis (z)"
THICKNESS = "thickness of the slice not stated: taken as the pixel size"


def plain_tiff(folder, data):
    tifffile.imwrite(folder / "s.tif", data)
    return folder / "s.tif"


def packed_tiff(folder, data):
    tifffile.imwrite(folder / "s.tif", data, compression="zlib", rowsperstrip=7)
    return folder / "s.tif"


def npy(folder, data):
    np.save(folder / "s.npy", data)
    return folder / "s.npy"


def npy_by_columns(folder, data):
    np.save(folder / "s.npy", np.asfortranarray(data))
    return folder / "s.npy"


def hdf5(folder, data, name="slice", **attributes):
    with h5py.File(folder / "s.h5", "w") as file:
        file[name] = data
        file[name].attrs.update(attributes)
    return folder / "s.h5"


def ome_zarr(folder, data, axes="yx", scale=(0.3, 0.4), unit="micrometer"):
    root = zarr.create_group(folder / "s.zarr", zarr_format=3)
    root.create_array("0", data=data)
    step = {"type": "scale", "scale": list(scale)}
    described = [{"name": axis, "type": "channel" if axis == "c" else "space", "unit": unit} for axis in axes]
    levels = [{"path": "0", "coordinateTransformations": [step]}]
    root.update_attributes({"ome": {"version": "0.5", "multiscales": [{"axes": described, "datasets": levels}]}})
    return folder / "s.zarr"


def one_tiff_in_a_folder(folder, data):
    (folder / "slices").mkdir()
    tifffile.imwrite(folder / "slices" / "s_0030.tif", data)
    return folder / "slices"


WRITERS = [plain_tiff, packed_tiff, npy, npy_by_columns, hdf5, ome_zarr, one_tiff_in_a_folder]


@pytest.mark.parametrize("write", WRITERS)
def test_voxel_values(tmp_path, write):
    path = write(tmp_path, VOXEL_VALUES)
    volume = io.open_volume(path, 0.5)
    np.testing.assert_array_equal(volume.data, VOXEL_VALUES[np.newaxis])
    assert volume.voxel_size_um == (0.5, 0.5, 0.5)
    assert volume.provenance.assumptions == (f"{ONE_SLICE}; {THICKNESS}",)
    assert io.kind_of(path) == "volume"
    described = io.describe(path)
    assert described.shape == (1, 20, 30)
    assert "1 × 20 × 30 voxels (z × y × x)" in described.lines[0]
    assert described.lines[2:] == (f"Assumed: {ONE_SLICE}.", f"Assumed: {THICKNESS}.")
    noun = io.open_file(path)
    assert isinstance(noun, Volume) and (noun.voxel_size_um is not None) is (write is ome_zarr)
    assert noun.provenance.assumptions == (f"{ONE_SLICE}; {THICKNESS}",)
    # A folder of images is left to other readers.
    assert io.recognises(path) is (write is not one_tiff_in_a_folder)


@pytest.mark.parametrize("write", WRITERS)
def test_small_integers_are_labels(tmp_path, write):
    path = write(tmp_path, CODES)
    assert io.kind_of(path) == "labels"
    labels = io.open_labels(path, 0.5)
    np.testing.assert_array_equal(labels.data, CODES[np.newaxis])
    assert labels.provenance.assumptions == (f"{ONE_SLICE}; {THICKNESS}",)


@pytest.mark.parametrize("write", [plain_tiff, npy, hdf5])
def test_a_size_is_asked_for_where_none_is_stated(tmp_path, write):
    path = write(tmp_path, VOXEL_VALUES)
    with pytest.raises(InputError, match="--voxel-size-um"):
        _ = io.open_volume(path).required_voxel_size_um
    # Three numbers say how thick it is.
    assert io.open_volume(path, (9.0, 0.3, 0.4)).provenance.assumptions == (ONE_SLICE,)
    assert io.open_volume(path, (9.0, 0.3, 0.4)).voxel_size_um == (9.0, 0.3, 0.4)


def test_imagej_with_and_without_a_thickness(tmp_path):
    scale = {"imagej": True, "resolution": (1 / 0.4, 1 / 0.3)}
    tifffile.imwrite(tmp_path / "s.tif", VOXEL_VALUES, **scale, metadata={"unit": "um"})
    volume = io.open_volume(tmp_path / "s.tif")
    assert volume.voxel_size_um == pytest.approx((0.4, 0.3, 0.4))
    assert volume.provenance.assumptions == (f"{ONE_SLICE}; {THICKNESS}",)
    tifffile.imwrite(tmp_path / "t.tif", VOXEL_VALUES, **scale, metadata={"unit": "um", "spacing": 2.0})
    volume = io.open_volume(tmp_path / "t.tif")
    assert volume.voxel_size_um == pytest.approx((2.0, 0.3, 0.4))
    assert volume.provenance.assumptions == (ONE_SLICE,)


def test_ome_with_and_without_a_thickness(tmp_path):
    sizes = {"PhysicalSizeY": 300.0, "PhysicalSizeYUnit": "nm", "PhysicalSizeX": 0.4, "PhysicalSizeXUnit": "µm"}
    tifffile.imwrite(tmp_path / "s.ome.tif", VOXEL_VALUES, ome=True, metadata={"axes": "YX", **sizes})
    volume = io.open_volume(tmp_path / "s.ome.tif")
    assert volume.voxel_size_um == pytest.approx((0.4, 0.3, 0.4))
    assert volume.provenance.assumptions == (f"{ONE_SLICE}; {THICKNESS}",)
    tifffile.imwrite(
        tmp_path / "t.ome.tif",
        VOXEL_VALUES[np.newaxis],
        ome=True,
        metadata={"axes": "ZYX", "PhysicalSizeZ": 2.0, **sizes},
    )
    volume = io.open_volume(tmp_path / "t.ome.tif")
    assert volume.voxel_size_um == pytest.approx((2.0, 0.3, 0.4))
    assert volume.provenance.assumptions == (ONE_SLICE,)


@pytest.mark.parametrize(
    ("stated", "size", "assumed"),
    [
        ((0.3, 0.4), (0.4, 0.3, 0.4), f"{ONE_SLICE}; {THICKNESS}"),
        (0.5, (0.5, 0.5, 0.5), f"{ONE_SLICE}; {THICKNESS}"),
        ((2.0, 0.3, 0.4), (2.0, 0.3, 0.4), ONE_SLICE),
    ],
)
def test_hdf5_sizes(tmp_path, stated, size, assumed):
    volume = io.open_volume(hdf5(tmp_path, VOXEL_VALUES, element_size_um=stated))
    assert volume.voxel_size_um == size
    assert volume.provenance.assumptions == (assumed,)


def test_hdf5_takes_the_volume_before_images_and_the_signal_among_images(tmp_path):
    with h5py.File(tmp_path / "both.h5", "w") as file:
        file["mask"], file["volume"] = VOXEL_VALUES, np.stack([VOXEL_VALUES] * 2)
    assert io.open_volume(tmp_path / "both.h5", 1.0).shape == (2, 20, 30)
    with h5py.File(tmp_path / "two.h5", "w") as file:
        file["a"], file["b"] = VOXEL_VALUES, VOXEL_VALUES
    with pytest.raises(InputError, match=r"2 single slices \(/a, /b\); choose one, such as --dataset /a"):
        io.open_volume(tmp_path / "two.h5", 1.0)
    with h5py.File(tmp_path / "two.h5", "a") as file:
        file.attrs["signal"] = "b"
        file["b"][...] = 7
    np.testing.assert_array_equal(io.open_volume(tmp_path / "two.h5", 1.0).data, np.full((1, 20, 30), 7))


def test_ome_zarr_in_any_order_and_with_a_channel(tmp_path):
    turned = io.open_volume(ome_zarr(tmp_path, VOXEL_VALUES.T[np.newaxis], "cxy", (1, 0.4, 0.3)))
    np.testing.assert_array_equal(turned.data, VOXEL_VALUES[np.newaxis])
    assert turned.voxel_size_um == (0.4, 0.3, 0.4)


def test_a_slice_that_says_so_assumes_nothing(tmp_path):
    for name in ("v.tif", "v.npy", "v.h5", "v.zarr"):
        io.save_volume(Volume(VOXEL_VALUES[np.newaxis], (2.0, 0.3, 0.4)), tmp_path / name)
        volume = io.open_volume(tmp_path / name)
        assert volume.voxel_size_um == pytest.approx((2.0, 0.3, 0.4)) and volume.provenance.assumptions == ()
        assert len(io.describe(tmp_path / name).lines) == 2
        io.save_labels(Labels(CODES[np.newaxis], 1.0), tmp_path / f"l{name}")
        assert io.open_labels(tmp_path / f"l{name}").provenance.assumptions == ()
    np.save(tmp_path / "plain.npy", VOXEL_VALUES[np.newaxis])
    assert io.open_volume(tmp_path / "plain.npy", 1.0).provenance.assumptions == ()
    # Its axis of length one was squeezed away, and the record beside it tells of it.
    np.save(tmp_path / "v.npy", VOXEL_VALUES)
    assert io.open_volume(tmp_path / "v.npy").voxel_size_um == (2.0, 0.3, 0.4)
    assert io.open_volume(tmp_path / "v.npy").provenance.assumptions == ()


def test_what_was_assumed_stays_with_what_is_saved(tmp_path):
    io.save_volume(io.open_volume(npy(tmp_path, VOXEL_VALUES), 0.5), tmp_path / "v.tif")
    again = io.open_volume(tmp_path / "v.tif")
    assert again.provenance.assumptions == (f"{ONE_SLICE}; {THICKNESS}",)


def test_nan_in_a_slice(tmp_path):
    data = VOXEL_VALUES.copy()
    data[3, 4] = np.nan
    with pytest.raises(InputError, match="1 values that are NaN"):
        io.open_volume(npy(tmp_path, data), 1.0)


def test_the_real_slice():
    path = sample_data_folder() / "i23_13076_slice30_f32.npy"
    described = io.describe(path)
    assert described.kind == "volume" and described.shape == (1, 900, 400)
    assert described.lines[1:] == (
        "Voxels of unknown size: give --voxel-size-um.",
        f"Assumed: {ONE_SLICE}.",
        f"Assumed: {THICKNESS}.",
    )
    volume = io.open_volume(path, 0.8)
    assert volume.shape == (1, 900, 400) and (volume.data.min(), volume.data.max()) == (0, 1)
