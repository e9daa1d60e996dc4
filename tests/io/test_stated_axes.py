"""Axes, direction, order and scale that a file states are read, told or asked for, whatever its format."""

from __future__ import annotations

import json
import warnings

import h5py
import numpy as np
import pytest
import tifffile
import zarr

from napari_crystalseg import io
from napari_crystalseg.cli import main
from napari_crystalseg.errors import InputError

LABELS = np.zeros((4, 6, 8), np.uint8)
LABELS[1:3, 1:5, 2:7], LABELS[1, 2:4, 3:5], LABELS[0, 0, 0] = 1, 3, 2


def opened(path, **options):
    return io.open_labels(path, **options)


def same(path, sizes=None, said=(), **options):
    """Open labels: they are LABELS, of that voxel size, and what is assumed is said by ``info``, too."""
    labels = opened(path, **options)
    np.testing.assert_array_equal(labels.data, LABELS)
    assert labels.voxel_size_um == (None if sizes is None else pytest.approx(sizes))
    lines = "\n".join(io.describe(path, **options).lines)
    told = "; ".join(labels.provenance.assumptions)
    for text in said:
        assert text in told and text in lines
    if not said:
        assert "Assumed" not in lines
    return labels


# HDF5


def test_savu_and_ilastik(tmp_path):
    with h5py.File(tmp_path / "savu.h5", "w") as file:
        group = file.create_group("entry/final_result_tomo")
        group.attrs.update(NX_class="NXdata", signal="data", axes=["voxel_x", "voxel_y", "voxel_z"])
        group["data"] = LABELS.transpose(2, 0, 1)
        group["data"].attrs["element_size_um"] = [2.0, 2.0, 2.0]
    same(tmp_path / "savu.h5", (2, 2, 2), ["voxel_y is the rotation axis"])
    with h5py.File(tmp_path / "ilastik.h5", "w") as file:
        file["exported_data"] = LABELS.transpose(2, 1, 0)[..., np.newaxis]
        file["exported_data"].attrs["axistags"] = json.dumps({"axes": [{"key": key} for key in "xyzc"]})
    same(tmp_path / "ilastik.h5")


def nexus(path, axes="zyx", steps=None, unit="um", data=None, **attributes):
    """Write NXdata by the words of the standard."""
    with h5py.File(path, "w") as file:
        group = file.create_group("entry/data")
        group.attrs.update(NX_class="NXdata", signal="data", axes=list(axes), **attributes)
        group["data"] = LABELS.transpose(["zyx".index(axis) for axis in axes]) if data is None else data
        for axis, values in (steps or {}).items():
            group[axis] = values
            group[axis].attrs["units"] = unit
    return path


def test_nexus_axes_with_their_values(tmp_path):
    steps = {"z": np.arange(4) * 3.0, "y": np.arange(6) * 2.0, "x": np.arange(8) * 1.0}
    same(nexus(tmp_path / "a.h5", "yxz", steps), (3, 2, 1))
    millimetres = {name: values * 1e-3 for name, values in steps.items()}
    same(nexus(tmp_path / "b.h5", "xzy", millimetres, "mm"), (3, 2, 1))
    # Downwards, and not from zero.
    turned = nexus(tmp_path / "c.h5", steps={**steps, "y": 5 - np.arange(6) * 2.0}, data=LABELS[:, ::-1])
    same(turned, (3, 2, 1), ["the values of y run downwards in the file: turned over", "origin at y 5 µm"])


def test_complex_values_of_axes_are_no_scale_and_no_noise(tmp_path):
    path = nexus(tmp_path / "a.h5", steps={name: np.arange(n) + 1j for name, n in zip("zyx", (4, 6, 8), strict=True)})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        same(path)


def test_nexus_values_that_are_no_scale(tmp_path):
    uneven = nexus(tmp_path / "a.h5", steps={"z": np.array([0.0, 1, 2, 4]), "y": np.arange(6.0), "x": np.arange(8.0)})
    for work in (opened, io.describe):
        with pytest.raises(InputError, match="not evenly spaced along the axis /entry/data/z; give --voxel-size-um"):
            work(uneven)
    same(uneven, (2, 2, 2), ["not used: The voxels are not evenly spaced"], voxel_size_um=2.0)
    steps = {"z": np.arange(4.0), "y": np.arange(6.0), "x": np.arange(8.0)}
    twice = nexus(tmp_path / "b.h5", steps=steps)
    with h5py.File(twice, "a") as file:
        file["entry/data/data"].attrs["element_size_um"] = [2.0, 1.0, 1.0]
    with pytest.raises(InputError, match="stated twice, 2 µm by element_size_um and 1 µm by the values of the axis"):
        io.describe(twice)


def test_nexus_indices_and_older_ways(tmp_path):
    with h5py.File(tmp_path / "i.h5", "w") as file:
        file["a/data"] = LABELS.transpose(2, 1, 0)
        file["a"].attrs.update(signal="data", x_indices=0, y_indices=1, z_indices=2)
    same(tmp_path / "i.h5")
    with h5py.File(tmp_path / "o.h5", "w") as file:
        file["a/volume"] = LABELS.transpose(1, 0, 2)
        file["a/volume"].attrs.update(signal=1, axes="y:z:x")
    same(tmp_path / "o.h5")
    with h5py.File(tmp_path / "c.h5", "w") as file:
        file["a/data"] = LABELS
        file["a"].attrs.update(signal="data", axes=["z", "y", "x"], x_indices=0)
    with pytest.raises(InputError, match=r"x of /a/data is axis 2 by 'axes' and axis 0 by 'x_indices'.*--axes"):
        opened(tmp_path / "c.h5")
    same(tmp_path / "c.h5", axes="zyx")


def test_dimension_labels_and_scales(tmp_path):
    with h5py.File(tmp_path / "d.h5", "w") as file:
        file["v"] = LABELS.transpose(2, 1, 0)
        for axis, name in enumerate("xyz"):
            file["v"].dims[axis].label = name
            file[name] = np.arange(LABELS.shape[2 - axis]) * 0.5
            file[name].attrs["units"] = "um"
            file[name].make_scale(name)
            file["v"].dims[axis].attach_scale(file[name])
    same(tmp_path / "d.h5", (0.5, 0.5, 0.5))


def test_names_that_are_not_known(tmp_path):
    same(
        nexus_named(tmp_path / "a.h5", ["up", "into", "across"]), said=["called up, into, across, which are not known"]
    )
    with pytest.raises(InputError, match=r"called x, into, across, which are not all known; say .* by --axes"):
        opened(nexus_named(tmp_path / "b.h5", ["x", "into", "across"]))
    with pytest.raises(InputError, match="Two of its axes are called x"):
        opened(nexus_named(tmp_path / "c.h5", ["x", "y", "x"]))
    with pytest.raises(InputError, match="projections or sinograms"):
        opened(nexus_named(tmp_path / "d.h5", ["rotation_angle", "y", "x"]))


def nexus_named(path, axes):
    with h5py.File(path, "w") as file:
        file["a/data"] = LABELS
        file["a"].attrs.update(signal="data", axes=axes)
    return path


def test_one_of_several_datasets(tmp_path):
    path = tmp_path / "s.h5"
    with h5py.File(path, "w") as file:
        file["raw/greys"], file["labels/classes"] = LABELS * 9.0, LABELS
    with pytest.raises(
        InputError, match=r"2 volumes \(/labels/classes, /raw/greys\); choose one, such as --dataset /la"
    ):
        io.describe(path)
    same(path, dataset="/labels/classes")
    assert opened(path, dataset="labels/classes").provenance.steps[-1]["dataset"] == "labels/classes"
    with pytest.raises(InputError, match="no dataset of numbers 'other'; there are /labels/classes, /raw/greys"):
        opened(path, dataset="other")
    with h5py.File(path, "a") as file:
        file.attrs["default"] = "labels"
        file["labels"].attrs["signal"] = "classes"
    same(
        path,
        said=["of 2 datasets /labels/classes is taken, that NeXus marks as the default; not used: /raw/greys"],
    )


def test_levels_of_resolution_are_several(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for level in (0, 1):
            step = level + 1
            file[f"DataSet/ResolutionLevel {level}/Channel 0/Data"] = LABELS[::step, ::step, ::step]
    name = "/DataSet/ResolutionLevel 0/Channel 0/Data"
    with pytest.raises(InputError, match=f"It holds 2 volumes .*such as --dataset '{name}'"):
        io.describe(tmp_path / "a.h5")
    same(tmp_path / "a.h5", dataset=name)


def test_voxel_values_with_a_scale_of_their_own(tmp_path):
    with h5py.File(tmp_path / "v.h5", "w") as file:
        file["v"] = LABELS
        file["v"].attrs["scale_factor"] = 0.1
    same(tmp_path / "v.h5", said=["scale_factor 0.1 (/v): not used, voxel values are taken as stored"])


# Arrays


def test_npz_and_npy(tmp_path):
    np.savez(tmp_path / "a.npz", labels=LABELS, voxel_size_um=2.0, angles=np.arange(3.0))
    same(tmp_path / "a.npz", (2, 2, 2), ["of the arrays in the archive labels is taken; not used: angles"])
    np.savez(tmp_path / "b.npz", labels=LABELS, other=LABELS)
    with pytest.raises(InputError, match=r"2 arrays of 3 axes \(labels, other\); choose one, such as --dataset labels"):
        io.describe(tmp_path / "b.npz")
    same(tmp_path / "b.npz", dataset="labels", said=["not used: other"])
    np.save(tmp_path / "c.npy", LABELS.transpose(2, 0, 1))
    same(tmp_path / "c.npy", axes="xzy")
    with pytest.raises(InputError, match="one letter an axis"):
        opened(tmp_path / "c.npy", axes="xzz")
    with pytest.raises(InputError, match="names 2 axes but the array has 3"):
        opened(tmp_path / "c.npy", axes="xz")


# Zarr


def ome(path, axes="zyx", steps=None, overall=None, names=("",), data=None, unit="micrometer"):
    root = zarr.create_group(path, zarr_format=3)
    root.create_array("0", data=LABELS.transpose(["zyx".index(axis) for axis in axes]) if data is None else data)
    images = []
    for name in names:
        one = {"axes": [{"name": axis, "type": "space", "unit": unit} for axis in axes]}
        one["datasets"] = [{"path": "0", "coordinateTransformations": steps or []}]
        if overall:
            one["coordinateTransformations"] = overall
        images.append({"name": name, **one} if name else one)
    root.update_attributes({"ome": {"version": "0.5", "multiscales": images}})
    return path


def test_ome_zarr_scale_and_origin(tmp_path):
    steps = [{"type": "scale", "scale": [1.0, 2, 3]}, {"type": "translation", "translation": [0.0, 4, 0]}]
    same(
        ome(tmp_path / "a.zarr", "xzy", steps, [{"type": "scale", "scale": [2.0] * 3}]), (4, 6, 2), ["origin at z 8 µm"]
    )
    away = [{"type": "scale", "scale": [3.0, 3, 3]}]
    same(ome(tmp_path / "b.zarr", steps=away, unit="pixel"), None, ["scale of 3 × 3 × 3 in 'pixel', which is not used"])
    for number, (scale, says) in enumerate(
        (
            ([-2.0, 2, 2], "must be positive and finite"),
            (["2,0", 2, 2], r"'2,0', cannot be read .* use a point \(2.0\)"),
        )
    ):
        path = ome(tmp_path / f"{number}.zarr", steps=[{"type": "scale", "scale": scale}])
        for work in (opened, io.describe):
            with pytest.raises(InputError, match=says):
                work(path)
        assert opened(path, voxel_size_um=2.0).voxel_size_um == (2, 2, 2)
    turned = ome(tmp_path / "t.zarr", steps=[{"type": "affine", "affine": []}])
    with pytest.raises(InputError, match="transformation 'affine', which is not read"):
        io.describe(turned)


def test_several_images_and_plain_arrays_in_zarr(tmp_path):
    path = ome(tmp_path / "a.zarr", names=("first", "second"))
    with pytest.raises(InputError, match=r"2 images \(first, second\); choose one"):
        io.describe(path)
    np.testing.assert_array_equal(opened(path, dataset="second").data, LABELS)
    zarr.create_array(tmp_path / "b.zarr", data=LABELS.transpose(2, 1, 0), dimension_names=["x", "y", "z"])
    same(tmp_path / "b.zarr")
    group = zarr.create_group(tmp_path / "c.zarr")
    group.create_array("v", data=LABELS)
    same(tmp_path / "c.zarr", said=["its array v is taken"])
    group.create_array("w", data=LABELS)
    with pytest.raises(InputError, match=r"2 arrays \(v, w\); choose one, such as --dataset v"):
        io.describe(tmp_path / "c.zarr")
    same(tmp_path / "c.zarr", dataset="v")


# TIFF


def imagej(path, data=LABELS, resolution=(0.5, 0.5), **metadata):
    tifffile.imwrite(path, data, imagej=True, resolution=resolution, metadata={"axes": "ZYX", "unit": "um", **metadata})
    return path


@pytest.mark.parametrize(
    ("spacing", "says"),
    [
        (-2.0, r"must be positive and finite in µm, not \(-2.0, 2.0, 2.0\); give --voxel-size-um"),
        (0.0, "must be positive"),
        (
            2000.0,
            "2000 × 2 × 2 µm .* 1000 times as large along one axis .* a unit seems to be wrong; give --voxel-size-um",
        ),
        ("nan", "must be positive"),
        ("2,0", r"The slice distance in the file, '2,0', cannot be read as a number: use a point \(2.0\); give"),
    ],
)
def test_info_refuses_what_absorb_refuses(tmp_path, capsys, spacing, says):
    path = imagej(tmp_path / "a.tif", spacing=spacing)
    for work in (opened, io.describe, io.open_file):
        with pytest.raises(InputError, match=says):
            work(path)
    labels = opened(path, voxel_size_um=2.0)
    assert "not used: The" in labels.provenance.assumptions[0]
    assert main(["info", str(path)]) == 2
    assert main(["info", str(path), "--voxel-size-um", "2"]) == 0
    assert "Voxels of 2 × 2 × 2 µm" in capsys.readouterr().out


def test_channels_and_times_are_told_or_chosen(tmp_path):
    two = np.stack([LABELS, LABELS[::-1]], 1)
    tifffile.imwrite(tmp_path / "c.tif", two, imagej=True, metadata={"axes": "ZCYX"})
    with pytest.raises(InputError, match=r"2 values along 'c' .*choose it, such as --dataset c=0"):
        io.describe(tmp_path / "c.tif")
    same(tmp_path / "c.tif", dataset="c=0")
    np.testing.assert_array_equal(opened(tmp_path / "c.tif", dataset="c=1").data, LABELS[::-1])
    with pytest.raises(InputError, match="no c=2; along 'c' are 0 to 1"):
        opened(tmp_path / "c.tif", dataset="c=2")
    tifffile.imwrite(tmp_path / "t.tif", LABELS, imagej=True, metadata={"axes": "TYX"})
    same(tmp_path / "t.tif", said=["its 4 times are taken as slices along z"])


def test_several_images_of_a_tiff(tmp_path):
    with tifffile.TiffWriter(tmp_path / "s.tif") as file:
        file.write(LABELS, photometric="minisblack")
        file.write(np.zeros((3, 3), np.uint8), photometric="minisblack")
    with pytest.raises(InputError, match=r"2 images of different size \(0: 4 × 6 × 8, 1: 3 × 3\); choose one"):
        io.describe(tmp_path / "s.tif")
    same(tmp_path / "s.tif", dataset="0")


@pytest.mark.parametrize(
    ("orientation", "stored"),
    [
        (1, LABELS),
        (2, LABELS[:, :, ::-1]),
        (3, LABELS[:, ::-1, ::-1]),
        (4, LABELS[:, ::-1]),
        (5, LABELS.transpose(0, 2, 1)),
        # Row 0 is at the right, and column 0 at the top.
        (6, LABELS[:, :, ::-1].transpose(0, 2, 1)),
        (8, LABELS[:, ::-1].transpose(0, 2, 1)),
    ],
)
def test_the_tag_orientation_is_obeyed(tmp_path, orientation, stored):
    extra = [(274, "H", 1, orientation, False)]
    tifffile.imwrite(tmp_path / "o.tif", stored.copy(), photometric="minisblack", extratags=extra)
    same(tmp_path / "o.tif", said=[] if orientation == 1 else [f"tag Orientation ({orientation})"])
    (tmp_path / "folder").mkdir()
    for number, one in enumerate(stored):
        name = tmp_path / "folder" / f"s_{number}.tif"
        tifffile.imwrite(name, one.copy(), photometric="minisblack", extratags=extra)
    np.testing.assert_array_equal(opened(tmp_path / "folder").data, LABELS)


def test_tags_of_resolution_and_of_white(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", LABELS, photometric="miniswhite", resolution=(5000, 2500), resolutionunit=3)
    said = ["small values white", "from the resolution in the TIFF header", "slice distance not stated"]
    same(tmp_path / "a.tif", (2, 4, 2), said)
    tifffile.imwrite(tmp_path / "b.tif", LABELS, photometric="minisblack", resolution=(300, 300), resolutionunit=2)
    same(tmp_path / "b.tif", None, ["300 dots per inch, for printing, is not used"])
    same(
        imagej(tmp_path / "c.tif", unit="pixel", spacing=3.0), None, ["scale is in 'pixel', no length, and is not used"]
    )


# Folders


def ome_in_files(folder, names, claim=None, sizes='PhysicalSizeX="2" PhysicalSizeY="2" PhysicalSizeZ="3"'):
    folder.mkdir()
    blocks = "".join(
        f'<TiffData IFD="0" FirstZ="{z}" PlaneCount="1"><UUID FileName="{name}">urn:uuid:{z:032d}</UUID></TiffData>'
        for z, name in enumerate(names)
    )
    for z, name in enumerate(names):
        text = (
            '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" '
            f'UUID="urn:uuid:{z:032d}"><Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" '
            f'SizeX="8" SizeY="6" SizeZ="4" SizeC="1" SizeT="1" {sizes}><Channel ID="Channel:0:0" SamplesPerPixel="1"/>'
            f"{blocks}</Pixels></Image></OME>"
        )
        tifffile.imwrite(folder / name, LABELS[z], photometric="minisblack", metadata=None, description=text.encode())
    return folder


def test_an_ome_tiff_in_several_files(tmp_path, recwarn):
    folder = ome_in_files(tmp_path / "ome", [f"z{z:02d}.ome.tif" for z in range(4)])
    same(folder, (3, 2, 2))
    same(folder / "z02.ome.tif", (3, 2, 2))
    # By the places that they state, not by their names.
    same(ome_in_files(tmp_path / "back", [f"{9 - z}.ome.tif" for z in range(4)]), (3, 2, 2))
    assert not [one for one in recwarn if issubclass(one.category, UserWarning)]


def slices(folder, names, write=None):
    folder.mkdir()
    for name, one in zip(names, LABELS, strict=False):
        tifffile.imwrite(folder / name, one, photometric="minisblack", **(write or {}))
    return folder


def test_the_scale_and_the_order_of_slices(tmp_path):
    order = ["natural order of their names, from s_9.tif to s_12.tif"]
    same(slices(tmp_path / "a", [f"s_{n}.tif" for n in (9, 10, 11, 12)]), None, order)
    scale = {"resolution": (5000, 5000), "resolutionunit": 3}
    same(slices(tmp_path / "b", [f"{n}.tif" for n in range(4)], scale), (2, 2, 2), ["slice distance not stated"])
    tifffile.imwrite(
        tmp_path / "b" / "2.tif", LABELS[2], photometric="minisblack", resolution=(1000, 1000), resolutionunit=3
    )
    with pytest.raises(InputError, match=r"0\.tif states a voxel size of 2 × 2 µm and 2\.tif one of 10 × 10 µm"):
        io.describe(tmp_path / "b")
    gap = slices(tmp_path / "c", ["s1.tif", "s2.tif", "s4.tif", "s5.tif"])
    same(gap, None, ["numbers are missing in the names of the slices between 2 and 4"])


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["z_-2.tif", "z_-1.tif", "z_0.tif", "z_3.tif"], "missing in the names of the slices between 0 and 3"),
        (["z_-10.tif", "z_-9.tif", "z_+9.tif", "z_+10.tif"], "signed numbers in their names, from z_-10.tif to z_+10"),
        (["a-2_z-2.tif", "a-2_z-1.tif", "a-2_z0.tif", "a-2_z1.tif"], "signed numbers"),
        (["z_-1.5.tif", "z_-0.5.tif", "z_0.5.tif", "z_1.5.tif"], "signed numbers"),
        (["s_m2.tif", "s_m1.tif", "s_p0.tif", "s_p1.tif"], "signed numbers"),
    ],
)
def test_slices_named_by_signed_numbers(tmp_path, names, says):
    folder = tmp_path / "s"
    folder.mkdir()
    for number, name in enumerate(names):
        tifffile.imwrite(folder / name, np.full((3, 4), 10 * number, np.uint8), photometric="minisblack")
    volume = io.open_volume(folder)
    assert volume.data[:, 0, 0].tolist() == [0, 10, 20, 30]
    assert says in " ".join(volume.provenance.assumptions)


def test_files_that_do_not_belong_together(tmp_path):
    folder = slices(tmp_path / "a", [f"s_{n}.tif" for n in range(4)])
    tifffile.imwrite(folder / "mean.tif", LABELS[0], photometric="minisblack")
    with pytest.raises(InputError, match=r"do not belong together by their names \(4 of s_#\.tif; 1 of mean\.tif"):
        io.describe(folder)
    tifffile.imwrite(folder / "mean.tif", LABELS[0, :2], photometric="minisblack")
    with pytest.raises(InputError, match="do not belong together"):
        io.describe(folder)
    two = slices(tmp_path / "b", ["z0_c0.tif", "z0_c1.tif", "z1_c0.tif", "z1_c1.tif"])
    with pytest.raises(InputError, match=r"two numbers that vary \(2 × 2\).*channels"):
        io.describe(two)
