"""OME-Zarr of others and ours: scales, units, axes, levels, and what is refused."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import zarr

from napari_crystalseg import io
from napari_crystalseg.errors import InputError
from napari_crystalseg.io.formats.ome_zarr.pyramid import coarser_levels
from napari_crystalseg.io.formats.readers import open_grid
from napari_crystalseg.labels import Labels
from napari_crystalseg.volume import Volume

VOXEL_VALUES = np.random.default_rng(0).normal(size=(4, 5, 6)).astype(np.float32)


def image(path, data=VOXEL_VALUES, axes="zyx", unit="micrometer", scale=None, overall=None, version="0.5", **more):
    """Write an image by the words of the specification alone."""
    old = version == "0.4"
    root = zarr.create_group(path, zarr_format=2 if old else 3)
    root.create_array("s0", data=data, **more)
    types = {"t": "time", "c": "channel"}
    described = [{"name": axis, "type": types.get(axis, "space")} for axis in axes]
    for axis in described:
        if unit and axis["type"] == "space":
            axis["unit"] = unit
    steps = [{"type": "scale", "scale": list(scale or [1.0] * len(axes))}]
    multiscale = {"axes": described, "datasets": [{"path": "s0", "coordinateTransformations": steps}]}
    if overall:
        multiscale["coordinateTransformations"] = [{"type": "scale", "scale": list(overall)}]
    ome = {"version": version, "multiscales": [multiscale]}
    root.update_attributes({"multiscales": [{"version": version, **multiscale}]} if old else {"ome": ome})
    return path


@pytest.mark.parametrize("version", ["0.4", "0.5"])
@pytest.mark.parametrize(("unit", "factor"), [("micrometer", 1), ("nanometer", 1e3), ("angstrom", 1e4)])
def test_both_versions_and_units(tmp_path, version, unit, factor):
    scale = [0.5 * factor, 0.3 * factor, 0.4 * factor]
    path = image(tmp_path / "v.zarr", scale=scale, unit=unit, version=version)
    assert io.kind_of(path) == "volume" and io.recognises(path)
    read = io.open_volume(path)
    np.testing.assert_array_equal(read.data, VOXEL_VALUES)
    assert read.voxel_size_um == pytest.approx((0.5, 0.3, 0.4))
    assert list(read.provenance.inputs) == ["v.zarr"]


@pytest.mark.parametrize("axes", ["xyz", "zyx", "yzx", "tczyx", "cxzy"])
def test_axes_in_any_order_and_of_length_one(tmp_path, axes):
    size = {"z": 0.5, "y": 0.3, "x": 0.4, "t": 2.0, "c": 1.0}
    data = VOXEL_VALUES.transpose(["zyx".index(axis) for axis in axes if axis in "zyx"])
    for place, axis in enumerate(axes):
        if axis not in "zyx":
            data = np.expand_dims(data, place)
    path = image(tmp_path / "v.zarr", data, axes, scale=[size[axis] for axis in axes])
    read = io.open_volume(path)
    np.testing.assert_array_equal(read.data, VOXEL_VALUES)
    assert read.voxel_size_um == pytest.approx((0.5, 0.3, 0.4))
    slabs = open_grid(path)
    np.testing.assert_array_equal(slabs.read(1, 3), VOXEL_VALUES[1:3])


def test_scales_of_level_and_image_multiply(tmp_path):
    path = image(tmp_path / "v.zarr", scale=[1, 1, 2], overall=[0.5, 0.3, 0.2])
    assert io.open_volume(path).voxel_size_um == pytest.approx((0.5, 0.3, 0.4))


def test_a_scale_without_a_unit_is_none(tmp_path):
    path = image(tmp_path / "v.zarr", unit=None, scale=[2, 2, 2])
    assert io.open_volume(path).voxel_size_um is None
    assert io.open_volume(path, 0.5).voxel_size_um == (0.5, 0.5, 0.5)


def test_integers_of_others_are_told_by_their_values(tmp_path):
    codes = (np.arange(120).reshape(4, 5, 6) % 5).astype(np.uint16)
    assert io.kind_of(image(tmp_path / "l.zarr", codes)) == "labels"
    assert io.kind_of(image(tmp_path / "v.zarr", codes * 20)) == "volume"
    np.testing.assert_array_equal(io.open_labels(tmp_path / "l.zarr").data, codes)


def test_ours_is_what_the_specification_asks_for(tmp_path):
    data = np.random.default_rng(1).normal(size=(130, 20, 301)).astype(np.float32)
    io.save_volume(Volume(data, (0.3, 0.4, 0.51)), tmp_path / "v.ome.zarr")
    attributes = json.loads((tmp_path / "v.ome.zarr/zarr.json").read_text())["attributes"]
    assert attributes["ome"]["version"] == "0.5"
    (multiscale,) = attributes["ome"]["multiscales"]
    assert multiscale["axes"] == [{"name": axis, "type": "space", "unit": "micrometer"} for axis in "zyx"]
    assert attributes["crystalseg"]["kind"] == "volume" and attributes["crystalseg"]["provenance"]["steps"] == []
    assert [level["path"] for level in multiscale["datasets"]] == ["0", "1", "2"]
    for number, level in enumerate(multiscale["datasets"]):
        array = zarr.open_array(tmp_path / "v.ome.zarr" / level["path"], mode="r")
        assert array.metadata.dimension_names == ("z", "y", "x")
        factor = 2**number
        assert array.shape == tuple(-(-length // factor) for length in data.shape)
        scale, *shift = level["coordinateTransformations"]
        assert scale == {"type": "scale", "scale": [0.3 * factor, 0.4 * factor, 0.51 * factor]}
        # The first voxel of a level lies in the middle of those that it stands for.
        middle = [size * (factor - 1) / 2 for size in (0.3, 0.4, 0.51)]
        assert [step["translation"] for step in shift] == ([pytest.approx(middle)] if number else [])
    coarse = zarr.open_array(tmp_path / "v.ome.zarr/1", mode="r")[:]
    np.testing.assert_allclose(coarse[3, 4, 5], data[6:8, 8:10, 10:12].mean(), rtol=1e-6)
    np.testing.assert_allclose(coarse[3, 4, 150], data[6:8, 8:10, 300].mean(), rtol=1e-6)


def test_labels_keep_their_classes_on_coarser_levels(tmp_path):
    data = np.zeros((2, 2, 260), np.uint8)
    data[:, :, 0:2] = 3
    data[0, 0, 0] = 1
    data[:, :, 2:4] = [[[1, 4], [4, 1]], [[1, 4], [4, 1]]]
    data[:, :, 259] = 2
    levels = list(coarser_levels(data, labels=True))
    # An axis of one voxel stays as it is.
    assert [(level.shape, factors) for level, factors in levels] == [((1, 1, 130), (2, 2, 2)), ((1, 1, 65), (2, 2, 4))]
    # Mostly crystal; as much liquor as other: the lower; half air, half loop: the lower.
    assert levels[0][0][0, 0, [0, 1, 2, 129]].tolist() == [3, 1, 0, 0]
    io.save_labels(Labels(data, 0.5), tmp_path / "l.zarr")
    label = json.loads((tmp_path / "l.zarr/zarr.json").read_text())["attributes"]["ome"]["image-label"]
    assert {one["label-value"]: one["class"] for one in label["properties"]}[3] == "crystal"
    assert io.kind_of(tmp_path / "l.zarr") == "labels"


def test_an_unfinished_copy_of_ours_is_seen(tmp_path):
    path = tmp_path / "v.zarr"
    io.save_volume(Volume(np.zeros((130, 4, 5)), 1.0), path)
    (path / "0/c/1/0/0").unlink()
    with pytest.raises(InputError, match=r"v\.zarr lacks 1 of the 2 chunks of level 0; copy all of it"):
        io.open_volume(path)


def test_a_missing_chunk_is_seen_and_a_damaged_one_told(tmp_path):
    path = tmp_path / "v.zarr"
    io.save_volume(Volume(VOXEL_VALUES, 1.0), path)
    chunk = path / "0/c/0/0/0"
    whole = chunk.read_bytes()
    chunk.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"v\.zarr is damaged"):
        io.open_volume(path)
    chunk.unlink()
    with pytest.raises(InputError, match="image data is absent"):
        io.open_volume(path)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (
            lambda path: image(path, VOXEL_VALUES[np.newaxis].repeat(2, 0), "czyx"),
            "2 values along 'c'.*save one channel",
        ),
        (lambda path: image(path, VOXEL_VALUES[0], "zx"), "2 axes in space"),
        (lambda path: image(path, axes="tzyx"), "names 4 axes but its array has 3"),
        (lambda path: zarr.create_group(path).create_group("a"), "without OME 'multiscales'.*images in it"),
        (lambda path: (path.mkdir(), (path / "zarr.json").write_text("{")), "is damaged"),
    ],
)
def test_what_is_no_volume_is_refused(tmp_path, make, says):
    path = tmp_path / "a.zarr"
    make(path)
    for opener in (io.open_volume, io.kind_of, io.describe):
        with pytest.raises(InputError, match=says):
            opener(path)


def test_only_our_own_folders_are_replaced(tmp_path):
    foreign = image(tmp_path / "foreign.zarr")
    (tmp_path / "folder.zarr").mkdir()
    (tmp_path / "folder.zarr/thesis.txt").write_text("ten years")
    (tmp_path / "file.zarr").write_text("a file")
    volume = Volume(VOXEL_VALUES, 1.0)
    for place in (foreign, tmp_path / "folder.zarr", tmp_path / "file.zarr"):
        for refuse in (io.check_writable, lambda path: io.save_volume(volume, path)):
            with pytest.raises(InputError, match=r"not written by this program|is a file"):
                refuse(place)
    assert (tmp_path / "folder.zarr/thesis.txt").read_text() == "ten years"
    np.testing.assert_array_equal(io.open_volume(foreign).data, VOXEL_VALUES)
    io.save_volume(volume, tmp_path / "ours.zarr")
    io.check_writable(tmp_path / "ours.zarr")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file.zarr", "folder.zarr", "foreign.zarr", "ours.zarr"]


def test_an_image_stays_when_writing_the_next_fails(tmp_path, monkeypatch):
    from napari_crystalseg.io.formats.ome_zarr import image_writing

    path = tmp_path / "v.zarr"
    io.save_volume(Volume(VOXEL_VALUES, 1.0), path)

    def fail(*_):
        raise RuntimeError("power cut")

    monkeypatch.setattr(image_writing, "_write_level", fail)
    with pytest.raises(RuntimeError, match="power cut"):
        io.save_volume(Volume(2 * VOXEL_VALUES, 1.0), path)
    np.testing.assert_array_equal(io.open_volume(path).data, VOXEL_VALUES)
    assert list(tmp_path.iterdir()) == [path]
    shutil.rmtree(path)
    with pytest.raises(RuntimeError, match="power cut"):
        io.save_volume(Volume(VOXEL_VALUES, 1.0), path)
    assert list(tmp_path.iterdir()) == []
