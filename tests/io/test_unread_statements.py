"""What a file states beside its values is read by one rule for all readers, or told."""

from __future__ import annotations

import json

import h5py
import numpy as np
import pytest
import tifffile
import zarr

from napari_crystalseg import io
from napari_crystalseg.errors import InputError

LABELS = np.zeros((4, 6, 8), np.uint8)
LABELS[1:3, 1:5, 2:7], LABELS[1, 2:4, 3:5], LABELS[0, 0, 0] = 1, 3, 2


def same(path, sizes=None, said=(), **options):
    """Open labels: they are LABELS, of that voxel size, and what is assumed is said by ``info``, too."""
    labels = io.open_labels(path, **options)
    np.testing.assert_array_equal(labels.data, LABELS)
    assert labels.voxel_size_um == (None if sizes is None else pytest.approx(sizes))
    lines = "\n".join(io.describe(path, **options).lines)
    told = "; ".join(labels.provenance.assumptions)
    for text in said:
        assert text in told and text in lines
    if not said:
        assert "Assumed" not in lines
    return labels


def hdf5(path, attributes=(), group=(), name="entry/data/v"):
    with h5py.File(path, "w") as file:
        file[name] = LABELS
        file[name].attrs.update(dict(attributes))
        file[name].parent.attrs.update(dict(group))
    return path


def plain_zarr(path, attributes, data=LABELS, **options):
    array = zarr.create_array(str(path), shape=data.shape, dtype=data.dtype, zarr_format=2, **options)
    array[:] = data
    array.attrs.update(attributes)
    return path


@pytest.mark.parametrize(
    ("attributes", "sizes"),
    [
        ({"voxel_size_um": [3.0, 2.0, 1.0]}, (3, 2, 1)),
        ({"voxel_size_mm": 0.002}, (2, 2, 2)),
        ({"pixel_size_nm": 650.0}, (0.65, 0.65, 0.65)),
        ({"voxel_size": [3.0, 2.0, 1.0], "voxel_size_units": "micrometer"}, (3, 2, 1)),
    ],
)
def test_a_size_with_its_unit_is_read_from_hdf5_zarr_and_archives(tmp_path, attributes, sizes):
    same(hdf5(tmp_path / "own.h5", attributes), sizes)
    same(hdf5(tmp_path / "group.h5", group=attributes), sizes)
    same(plain_zarr(tmp_path / "v.zarr", attributes), sizes)
    np.savez(tmp_path / "v.npz", labels=LABELS, **attributes)
    same(tmp_path / "v.npz", sizes)


def test_two_sizes_that_differ_are_refused_everywhere(tmp_path):
    two = {"voxel_size_um": 2.0, "element_size_mm": 0.003}
    np.savez(tmp_path / "v.npz", labels=LABELS, **two)
    for path in (hdf5(tmp_path / "v.h5", two), plain_zarr(tmp_path / "v.zarr", two), tmp_path / "v.npz"):
        with pytest.raises(InputError, match=r"stated twice, . µm by .*; give --voxel-size-um"):
            io.open_labels(path)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("_FillValue", -1),
        ("scl_slope", 2.0),
        ("spacing", [2.0, 1.0, 1.0]),
        ("origin", [1.0, 2.0, 3.0]),
        ("direction", [0.0, 1.0, 1.0, 0.0]),
        ("pixelResolution", "2 um"),
    ],
)
def test_what_is_not_read_is_told(tmp_path, name, value):
    same(hdf5(tmp_path / "v.h5", {name: value}), said=[name, "(/entry/data/v): not used"])
    same(hdf5(tmp_path / "w.h5", group={name: value}), said=[name, "(/entry/data): not used"])
    same(plain_zarr(tmp_path / "v.zarr", {name: value}), said=[name, "(attributes of v.zarr): not used"])


def test_what_changes_nothing_is_not_told(tmp_path):
    nothing = {"origin": [0.0, 0.0, 0.0], "scl_slope": 1.0, "scl_inter": 0.0, "direction": np.eye(3).ravel().tolist()}
    same(hdf5(tmp_path / "v.h5", {**nothing, "title": "a"}))
    same(plain_zarr(tmp_path / "v.zarr", nothing))


def test_the_voxel_size_that_nabu_writes_elsewhere(tmp_path):
    path = hdf5(tmp_path / "v.h5", name="entry/reconstruction/results/data")
    place = "entry/reconstruction/configuration/processing_options/reconstruction/voxel_size_cm"
    with h5py.File(path, "a") as file:
        file[place] = np.full(3, 6.5e-5)
    same(path, (0.65, 0.65, 0.65), [f"voxel size taken from /{place}"])
    with h5py.File(path, "a") as file:
        file["entry/other/voxel_size"] = 1.0
        file["entry/other/voxel_size"].attrs["units"] = "um"
    same(path, None, ["voxel size of 1 µm (/entry/other/voxel_size), 0.65 × 0.65 × 0.65 µm", "not used"])


def test_chunks_that_were_never_written(tmp_path):
    with h5py.File(tmp_path / "v.h5", "w") as file:
        dataset = file.create_dataset("v", LABELS.shape, "u1", chunks=(1, 6, 8))
        dataset[:3] = LABELS[:3]
    with h5py.File(tmp_path / "none.h5", "w") as file:
        file.create_dataset("v", (4, 5, 6), "f4", chunks=(1, 5, 6))
    assert "all of /v was never written (4 of 4 chunks)" in "".join(
        io.open_volume(tmp_path / "none.h5").provenance.assumptions
    )
    same(tmp_path / "v.h5", said=["25 % of /v was never written (1 of 4 chunks), and reads as 0"])
    path = plain_zarr(tmp_path / "v.zarr", {}, chunks=(1, 6, 8), config={"write_empty_chunks": False})
    same(path, said=["1 of 4 chunks are not there, as of parts that are 0 all over"])


def test_a_virtual_dataset_whose_sources_lack_its_values(tmp_path):
    with h5py.File(tmp_path / "slabs.h5", "w") as file:
        file["v"] = LABELS
    layout = h5py.VirtualLayout(LABELS.shape, "u1")
    layout[:3] = h5py.VirtualSource("slabs.h5", "v", LABELS.shape)[:3]
    with h5py.File(tmp_path / "part.h5", "w") as file:
        file.create_virtual_dataset("v", layout, fillvalue=0)
    same(tmp_path / "part.h5", said=["25 % of /v comes from none of the files that it is put together of"])
    layout = h5py.VirtualLayout(LABELS.shape, "u1")
    layout[:] = h5py.VirtualSource("slabs.h5", "other", LABELS.shape)
    with h5py.File(tmp_path / "none.h5", "w") as file:
        file.create_virtual_dataset("v", layout)
    with pytest.raises(InputError, match=r"slabs.h5, in which there is no other"):
        io.open_labels(tmp_path / "none.h5")


def test_a_volume_behind_a_link_to_another_file(tmp_path):
    hdf5(tmp_path / "images.h5", {"voxel_size_um": 2.0}, name="v")
    with h5py.File(tmp_path / "master.h5", "w") as file:
        file["entry/data"] = h5py.ExternalLink("images.h5", "v")
        file["entry/gone"] = h5py.ExternalLink("gone.h5", "v")
    labels = same(tmp_path / "master.h5", (2, 2, 2))
    assert set(labels.provenance.inputs) == {"master.h5", "images.h5"}
    (tmp_path / "images.h5").unlink()
    with pytest.raises(InputError, match=r"images.h5, which cannot be found"):
        io.open_labels(tmp_path / "master.h5")


def test_values_beside_a_zarr_array(tmp_path):
    group = zarr.open_group(str(tmp_path / "v.zarr"), mode="w", zarr_format=2)
    for name, values in (("z", np.arange(4) * -3.0), ("y", np.arange(6) * 2.0), ("x", np.arange(8) * 1.0)):
        group.create_array(name, shape=values.shape, dtype=values.dtype)[:] = values
        group[name].attrs.update(_ARRAY_DIMENSIONS=[name], units="um")
    stored = LABELS[::-1].transpose(2, 1, 0)
    group.create_array("labels", shape=stored.shape, dtype=stored.dtype)[:] = stored
    group["labels"].attrs["_ARRAY_DIMENSIONS"] = ["x", "y", "z"]
    same(tmp_path / "v.zarr", (3, 2, 1), ["the values of z run downwards in the file: turned over"])


def ome_zarr(path, **attributes):
    group = zarr.open_group(str(path), mode="w", zarr_format=2)
    stored = LABELS.transpose(2, 1, 0)
    group.create_array("0", shape=stored.shape, dtype=stored.dtype)[:] = stored
    axes = [{"name": name, "type": "space", "unit": "micrometer"} for name in "xyz"]
    levels = [{"path": "0", "coordinateTransformations": [{"type": "scale", "scale": [1.0, 2.0, 3.0]}]}]
    group.attrs.update(multiscales=[{"version": "0.4", "axes": axes, "datasets": levels}], **attributes)
    return path


def test_an_image_in_a_group_as_bio_formats_writes_it(tmp_path):
    zarr.open_group(str(tmp_path / "v.zarr"), mode="w", zarr_format=2).attrs["bioformats2raw.layout"] = 3
    ome_zarr(tmp_path / "v.zarr" / "0")
    same(tmp_path / "v.zarr", (3, 2, 1), ["the image 0 in the Zarr group is taken"])
    ome_zarr(tmp_path / "v.zarr" / "1")
    with pytest.raises(InputError, match="holds 2 images"):
        io.open_labels(tmp_path / "v.zarr")
    same(tmp_path / "v.zarr", (3, 2, 1), ["the image 1 in the Zarr group is taken"], dataset="1")


def test_a_unit_without_a_scale_is_no_voxel_size(tmp_path):
    path = ome_zarr(tmp_path / "v.zarr")
    group = zarr.open_group(str(path), mode="a")
    image = group.attrs["multiscales"][0]
    group.attrs["multiscales"] = [{**image, "datasets": [{"path": "0"}]}]
    same(path, None)


def test_a_level_that_is_named_but_not_there(tmp_path):
    path = ome_zarr(tmp_path / "v.zarr")
    group = zarr.open_group(str(path), mode="a")
    image = group.attrs["multiscales"][0]
    finer = {"path": "fine", "coordinateTransformations": [{"type": "scale", "scale": [0.5, 1.0, 1.5]}]}
    group.attrs["multiscales"] = [{**image, "datasets": [finer, *image["datasets"]]}]
    same(path, (3, 2, 1), ["level fine is named in the file but is not there: 0 is taken"])


def test_other_names_of_classes(tmp_path):
    names = {"properties": [{"label-value": 3, "class": "liquor"}, {"label-value": 2, "class": "Loop"}]}
    same(ome_zarr(tmp_path / "v.zarr", **{"image-label": names}), (3, 2, 1), ["(3 liquor): not used, codes are taken"])
    ours = {"properties": [{"label-value": 3, "class": "crystal"}]}
    same(ome_zarr(tmp_path / "w.zarr", **{"image-label": ours}), (3, 2, 1))


def test_headers_of_tiff(tmp_path):
    path = tmp_path / "v.tif"
    tifffile.imwrite(path, LABELS, photometric="minisblack", metadata={"axes": "ZYX", "spacing": 2.0, "unit": "um"})
    same(path, said=["spacing 2, unit um (description in the header): not used"])
    tifffile.imwrite(path, LABELS, photometric="minisblack", metadata=None, description="Pixel size 0.65 um")
    same(path, said=["description in the header, 'Pixel size 0.65 um': not used"])
    tifffile.imwrite(path, LABELS, photometric="minisblack", resolution=(0.5, 0.5), resolutionunit="NONE")
    same(path, said=["its resolution of 0.5 × 0.5 without a unit of length is not used"])
    tifffile.imwrite(path, LABELS, photometric="minisblack", extratags=[(42113, "s", 0, "-9999", True)])
    same(path, said=["value for 'no data' -9999 in the header: not used"])
    tifffile.imwrite(path, LABELS, photometric="minisblack")
    same(path)
    scale = {"axes": "ZYX", "spacing": 1 / 12700, "unit": "inch"}
    tifffile.imwrite(path, LABELS, imagej=True, resolution=(12700, 12700), metadata=scale)
    same(path, (2, 2, 2))


def test_files_beside_are_told(tmp_path):
    np.save(tmp_path / "v.npy", LABELS)
    same(tmp_path / "v.npy")
    (tmp_path / "v.npy.json").write_text(json.dumps({"voxel_size_um": [2, 2, 2], "axes": "xyz"}))
    (tmp_path / "v.xml").write_text("<spacing/>")
    same(tmp_path / "v.npy", said=["v.xml, v.npy.json beside the file: not used"])
    (tmp_path / "slices" / "old").mkdir(parents=True)
    for number, image in enumerate(LABELS):
        tifffile.imwrite(tmp_path / "slices" / f"s_{number}.tif", image)
    tifffile.imwrite(tmp_path / "slices" / "old" / "s_0.tif", LABELS[0])
    (tmp_path / "slices" / "v_rec.log").write_text("Pixel Size (um)=0.65")
    same(tmp_path / "slices", said=["v_rec.log, old/ in the folder: not used"])


def test_headers_of_slices_that_differ_are_told_once(tmp_path):
    for number, image in enumerate(LABELS):
        text = f"pixel 2, z {number}"
        tifffile.imwrite(tmp_path / f"s_{number}.tif", image, photometric="miniswhite", metadata=None, description=text)
    said = [
        "'pixel 2, z 0': not used",
        "what headers state of such things in 3 of the files that differs from s_0.tif",
        "shows small values white",
    ]
    labels = same(tmp_path, said=said)
    assert "z 1" not in "; ".join(labels.provenance.assumptions)


def test_a_stack_among_slices_is_told(tmp_path):
    for number, image in enumerate(LABELS):
        tifffile.imwrite(tmp_path / f"s_{number}.tif", image, photometric="minisblack")
    tifffile.imwrite(tmp_path / "s_2.tif", LABELS, photometric="minisblack")
    assert len(io.open_labels(tmp_path).data) == 7
    assert "files hold 1 image each but 4 in s_2.tif" in "\n".join(io.describe(tmp_path).lines)


@pytest.mark.parametrize("values", [LABELS > 0, LABELS.astype(np.complex64)])
def test_what_is_no_number_is_refused_by_info(tmp_path, values):
    np.save(tmp_path / "v.npy", values)
    for work in (io.open_volume, io.describe):
        with pytest.raises(InputError, match="a volume or labels are real numbers"):
            work(tmp_path / "v.npy")


def test_a_volume_in_a_group_of_another_file(tmp_path):
    hdf5(tmp_path / "images.h5", {"voxel_size_um": 2.0})
    with h5py.File(tmp_path / "master.h5", "w") as file:
        file["scan"] = h5py.ExternalLink("images.h5", "entry")
    same(tmp_path / "master.h5", (2, 2, 2))


def test_datasets_of_more_axes_are_told(tmp_path):
    path = hdf5(tmp_path / "v.h5")
    with h5py.File(path, "a") as file:
        file["entry/probabilities"] = np.stack([LABELS == code for code in range(5)], -1).astype(np.float32)
    same(path, said=["datasets of more axes than three (/entry/probabilities): not used"])


def test_labels_of_axes_in_texts_of_a_fixed_length(tmp_path):
    path = tmp_path / "v.h5"
    with h5py.File(path, "w") as file:
        file["v"] = LABELS.transpose(2, 1, 0)
        file["v"].attrs["DIMENSION_LABELS"] = np.array([b"x", b"y", b"z"])
    same(path)


def test_arrays_of_matlab(tmp_path):
    with h5py.File(tmp_path / "v.mat", "w", userblock_size=512) as file:
        file["v"] = LABELS.transpose(0, 2, 1)
        file["v"].attrs["MATLAB_class"] = np.bytes_(b"uint8")
    with (tmp_path / "v.mat").open("r+b") as stream:
        stream.write(b"MATLAB 7.3 MAT-file")
    assert "an array of MATLAB" in "\n".join(io.describe(tmp_path / "v.mat").lines)
    assert io.open_labels(tmp_path / "v.mat").shape == (4, 8, 6)
    same(tmp_path / "v.mat", axes="zxy")


def test_resolutions_of_axistags_are_told(tmp_path):
    axes = [{"key": key, "resolution": 2.0} for key in "zyx"]
    path = hdf5(tmp_path / "v.h5", {"axistags": json.dumps({"axes": axes})})
    same(path, said=["resolution z 2, y 2, x 2 of axistags: not used"])


# Raw scans


ANGLES = np.linspace(0, 180, 9)
COUNTS = (np.arange(9 * 4 * 6).reshape(9, 4, 6) + 1000).astype(np.uint16)
FLATS, DARKS = np.full((2, 4, 6), 5000, np.uint16), np.full((2, 4, 6), 10, np.uint16)


def nxtomo(path, change=None):
    with h5py.File(path, "w") as file:
        file["entry/definition"] = "NXtomo"
        detector = file.create_group("entry/instrument/detector")
        detector["data"] = np.concatenate([DARKS, FLATS, COUNTS])
        detector["image_key"] = np.repeat([2, 1, 0], [2, 2, 9])
        for name in ("x_pixel_size", "y_pixel_size"):
            detector[name] = 1.0
            detector[name].attrs["units"] = "um"
        file["entry/sample/rotation_angle"] = np.r_[np.zeros(4), ANGLES]
        file["entry/sample/rotation_angle"].attrs["units"] = "deg"
        if change is not None:
            change(file["entry"], detector)
    return path


def exchange(path, change=None):
    with h5py.File(path, "w") as file:
        values = {"data": COUNTS, "data_white": FLATS, "data_dark": DARKS, "theta": ANGLES}
        for name, one in values.items():
            file[f"exchange/{name}"] = one
        if change is not None:
            change(file["exchange"], file.require_group("measurement/instrument/detector"))
    return path


def says(path, *texts):
    """Open a scan: each text is said when it is opened and by ``info``."""
    scan = io.open_scan(path)
    told, lines = "; ".join(scan.provenance.assumptions), "\n".join(io.describe(path).lines)
    for text in texts:
        assert text in told and text in lines
    if not texts:
        assert "Assumed" not in lines
    return scan


def put(group, name, value, units=None):
    group.pop(name, None)
    group[name] = value
    if units is not None:
        group[name].attrs["units"] = units


def test_scans_that_state_nothing_else_are_silent(tmp_path):
    says(nxtomo(tmp_path / "a.nxs"))
    says(exchange(tmp_path / "a.h5"))


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ([3, 3], "2 frames with image_key 3 (invalid): not used"),
        ([0, 7], "1 frame with image_key 7 (a key that NXtomo does not know): not used"),
    ],
)
def test_frames_of_other_keys_are_told(tmp_path, keys, text):
    all_keys = np.r_[np.repeat([2, 1, 0], [2, 2, 7]), keys]
    scan = says(nxtomo(tmp_path / "a.nxs", lambda _, detector: put(detector, "image_key", all_keys)), text)
    assert len(scan.projections) == 9 - np.count_nonzero(keys)


def test_frames_taken_again_for_alignment_are_told(tmp_path):
    control = np.r_[np.repeat([2, 1, 0], [2, 2, 7]), -1, -1]
    path = nxtomo(tmp_path / "a.nxs", lambda _, detector: put(detector, "image_key_control", control))
    assert len(says(path, "2 frames that are keyed as alignment").projections) == 7


def _frames(group, detector):
    return (group if "data_white" in group else detector)["data"]


def _with_axes(axes):
    return lambda group, detector: _frames(group, detector).attrs.update(axes=axes)


@pytest.mark.parametrize("make", [nxtomo, exchange])
def test_axes_of_frames(tmp_path, make):
    scan = says(make(tmp_path / "a.h5", _with_axes("theta:x:y")), "the order theta, x, y of the axes")
    np.testing.assert_array_equal(np.asarray(scan.projections[:]), COUNTS)
    says(make(tmp_path / "b.h5", _with_axes("theta:y:x")))
    with pytest.raises(InputError, match="save it as projections"):
        io.open_scan(make(tmp_path / "c.h5", _with_axes("y:theta:x")))


@pytest.mark.parametrize("make", [nxtomo, exchange])
@pytest.mark.parametrize(
    ("name", "value", "nothing"),
    [
        ("x_binning", 2, 1),
        ("roi", [1, 2, 6, 4], []),
        ("pixel_mask", np.eye(4, 6), np.zeros((4, 6))),
        ("binning_y", 4, 1),
    ],
)
def test_statements_of_the_detector_are_told(tmp_path, make, name, value, nothing):
    says(make(tmp_path / "a.h5", lambda _, detector: put(detector, name, value)), name, "not used")
    says(make(tmp_path / "b.h5", lambda _, detector: put(detector, name, nothing)))


@pytest.mark.parametrize("make", [nxtomo, exchange])
def test_a_scale_of_counts_is_told(tmp_path, make):
    path = make(tmp_path / "a.h5", lambda one, detector: _frames(one, detector).attrs.update(scale_factor=0.5))
    says(path, "scale_factor 0.5", "voxel values are taken as stored")


def test_energies_wherever_they_stand(tmp_path):
    path = nxtomo(tmp_path / "a.nxs", lambda entry, _: put(entry, "sample/beam/incident_energy", 4500.0, "eV"))
    assert says(path).energy_kev == pytest.approx(4.5)

    def two(entry, _):
        put(entry, "instrument/monochromator/energy", 4.5, "keV")
        put(entry, "instrument/dcm/energy", 6.0, "keV")

    says(nxtomo(tmp_path / "b.nxs", two), "the file states an energy of 4.5 keV", "6 keV (instrument/dcm/energy)")


def test_energies_of_data_exchange_wherever_they_stand(tmp_path):
    def alone(one, _):
        put(one.parent, "measurement/instrument/energy", 4500.0, "eV")

    def two(one, _):
        alone(one, _)
        put(one.parent, "measurement/instrument/monochromator/energy", 6.0, "keV")
        put(one.parent, "measurement/instrument/source/energy", 3.0, "GeV")  # of the ring

    assert says(exchange(tmp_path / "a.h5", alone)).energy_kev == pytest.approx(4.5)
    found = says(
        exchange(tmp_path / "b.h5", two), "states an energy of 6 keV", "4.5 keV (measurement/instrument/energy)"
    )
    assert found.energy_kev == pytest.approx(6.0)


def test_angles_stated_twice(tmp_path):
    path = nxtomo(tmp_path / "a.nxs", lambda entry, _: put(entry, "data/rotation_angle", ANGLES[::-1], "deg"))
    np.testing.assert_allclose(says(path, "/entry/data/rotation_angle, whose angles differ").angles_deg, ANGLES)
    says(nxtomo(tmp_path / "b.nxs", lambda entry, _: put(entry, "data/rotation_angle", ANGLES, "deg")))


def test_a_distance_towards_the_source(tmp_path):
    path = nxtomo(tmp_path / "a.nxs", lambda _, detector: put(detector, "distance", -50.0, "mm"))
    assert says(path, "instrument/detector/distance is negative").distance_mm == 50


def test_pixel_sizes_of_data_exchange_by_other_names(tmp_path):
    def sizes(_, detector):
        put(detector, "actual_pixel_size_x", 0.69, "microns")
        put(detector, "actual_pixel_size_y", 0.69, "microns")

    assert says(exchange(tmp_path / "a.h5", sizes)).pixel_size_um == pytest.approx(0.69)


def test_what_else_is_in_the_group_exchange(tmp_path):
    says(exchange(tmp_path / "a.h5", lambda one, _: put(one, "data2", COUNTS)), "the group exchange (data2): not used")


@pytest.mark.parametrize("name", ["data", "data_dark", "theta"])
def test_a_scan_whose_values_are_elsewhere_and_absent(tmp_path, name):
    with h5py.File(tmp_path / "images.h5", "w") as file:
        file["other"] = 1

    def elsewhere(one, _):
        shape = one[name].shape
        layout = h5py.VirtualLayout(shape, one[name].dtype)
        layout[:] = h5py.VirtualSource("images.h5", "v", shape)
        del one[name]
        one.create_virtual_dataset(name, layout)

    with pytest.raises(InputError, match=r"images.h5, in which there is no v"):
        io.open_scan(exchange(tmp_path / "a.h5", elsewhere))


def folder(path, change=None, **options):
    path.mkdir()
    for kind, frames in (("proj", COUNTS), ("flat", FLATS), ("dark", DARKS)):
        for number, frame in enumerate(frames):
            tifffile.imwrite(path / f"{kind}_{number:02d}.tif", frame, photometric="minisblack", **options)
    np.savetxt(path / "angles.txt", ANGLES)
    if change is not None:
        change(path)
    return path


def test_frames_that_are_stored_upside_down(tmp_path):
    scan = says(folder(tmp_path / "a", extratags=[(274, "H", 1, 4, True)]), "images turned as the tag Orientation (4)")
    np.testing.assert_array_equal(np.asarray(scan.projections[:]), COUNTS[:, ::-1])
    np.testing.assert_array_equal(np.asarray(scan.flats[:]), FLATS[:, ::-1])

    def one_flat(path):
        tifffile.imwrite(path / "flat_00.tif", FLATS[0], extratags=[(274, "H", 1, 2, True)])

    with pytest.raises(InputError, match="stored in several orientations"):
        io.open_scan(folder(tmp_path / "b", one_flat))


def test_files_of_a_scan_that_differ(tmp_path):
    def byte_order(path):
        tifffile.imwrite(path / "proj_03.tif", COUNTS[3], byteorder=">")

    np.testing.assert_array_equal(np.asarray(says(folder(tmp_path / "a", byte_order)).projections[:]), COUNTS)

    def scale(path):
        for number, unit in enumerate(["um"] * 5 + ["mm"] * 4):
            tifffile.imwrite(
                path / f"proj_{number:02d}.tif", COUNTS[number], imagej=True, resolution=(1, 1), metadata={"unit": unit}
            )

    scan = says(folder(tmp_path / "b", scale), "1 µm by proj_00.tif and 1000 × 1000 µm by proj_05.tif: not used")
    assert scan.pixel_size_um is None

    def lost(path):
        (path / "proj_04.tif").unlink()
        np.savetxt(path / "angles.txt", np.delete(ANGLES, 4))

    says(folder(tmp_path / "c", lost), "numbers are missing in the names of the projections between 3 and 5")
    says(folder(tmp_path / "d", resolution=(0.5, 0.5), resolutionunit="NONE"), "resolution of 0.5 × 0.5 without a unit")


def test_numbers_as_text_and_attributes_of_the_detector(tmp_path):
    says(
        nxtomo(tmp_path / "a.nxs", lambda entry, _: put(entry, "instrument/beam/incident_energy", "4.5 keV")),
        "instrument/beam/incident_energy is the text '4.5 keV' and no number: not used",
    )
    path = nxtomo(tmp_path / "b.nxs", lambda _, detector: detector.attrs.update(NX_class="NXdetector", binning=2))
    says(path, "binning 2 (instrument/detector): not used")
