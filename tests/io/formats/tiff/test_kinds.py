"""Every kind of TIFF is read as it was written, whichever version of tifffile is installed."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile

from napari_crystalseg.errors import InputError
from napari_crystalseg.io.formats.tiff.axes import series_of, stored_axes
from napari_crystalseg.io.formats.tiff.damage import explaining_damage
from napari_crystalseg.io.formats.tiff.frames import TiffFrames
from napari_crystalseg.io.formats.tiff.stack import has_grey_slices, read_tiff
from napari_crystalseg.io.formats.tiff.stack_writing import write_tiff
from napari_crystalseg.io.grids.choice import Choice

GREY = {"photometric": "minisblack"}
BARE = {"metadata": None}
WAYS = {
    "shaped": GREY,
    "shaped, compressed": GREY | {"compression": "zlib"},
    "shaped, with letters": GREY | {"metadata": {"axes": "ZYX"}},
    "plain": GREY | BARE,
    "plain, compressed": GREY | BARE | {"compression": "zlib"},
    "big, other order of bytes": GREY | {"bigtiff": True, "byteorder": ">"},
    "tiles": GREY | {"tile": (16, 16)},
    "small is white": {"photometric": "miniswhite"},
    "ImageJ": {"imagej": True, "metadata": {"axes": "ZYX"}},
    "ImageJ over time": {"imagej": True, "metadata": {"axes": "TYX"}},
    "OME": GREY | {"ome": True, "metadata": {"axes": "ZYX"}},
    "OME, compressed": GREY | {"ome": True, "metadata": {"axes": "ZYX"}, "compression": "zlib"},
    "OME over time": GREY | {"ome": True, "metadata": {"axes": "TYX"}},
}
SHAPES = [(5, 6, 8), (2, 6, 8), (3, 16, 17), (4, 16, 17), (5, 1, 8), (1, 6, 8)]


def counted(shape, dtype=np.uint16):
    return np.arange(1, 1 + np.prod(shape), dtype=dtype).reshape(shape)


def written(path, values, **how):
    tifffile.imwrite(path, values, **how)
    return path


def holds(path, values, choice=Choice()):  # noqa: B008
    """The file is read as these values, whole and by slices."""
    grid = read_tiff(path, choice)
    assert grid.shape == values.shape
    assert grid.dtype == values.dtype
    np.testing.assert_array_equal(grid.read(0, grid.shape[0]), values)
    for z in range(grid.shape[0]):
        np.testing.assert_array_equal(grid.read(z, z + 1), values[z : z + 1])


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("way", WAYS)
def test_stack(tmp_path, way, shape):
    values = counted(shape)
    path = written(tmp_path / "a.tif", values, **WAYS[way])
    holds(path, values)
    np.testing.assert_array_equal(TiffFrames([path])[:], values)
    assert has_grey_slices(path)


@pytest.mark.parametrize("way", WAYS)
def test_one_image(tmp_path, way):
    values = counted((16, 17))
    how = WAYS[way]
    if (how.get("metadata") or {}).get("axes"):
        how = how | {"metadata": {"axes": "YX"}}
    holds(written(tmp_path / "a.tif", values, **how), values[np.newaxis])


@pytest.mark.parametrize("metadata", [{}, None], ids=["shaped", "plain"])
def test_pages_one_by_one(tmp_path, metadata):
    values = counted((4, 6, 8))
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        for image in values:
            file.write(image, photometric="minisblack", contiguous=False, metadata=metadata)
    if metadata is None:
        holds(tmp_path / "a.tif", values)
    else:
        with pytest.raises(InputError, match="holds 4 images of different size"):
            read_tiff(tmp_path / "a.tif")


@pytest.mark.parametrize("letters", ["TZCYX", "CTZYX", "ZYX"])
def test_axes_of_length_one_stay_away(tmp_path, letters):
    values = counted((5, 6, 8))
    shape = tuple(dict(zip("ZYX", values.shape, strict=True)).get(letter, 1) for letter in letters)
    path = written(tmp_path / "a.tif", values.reshape(shape), **GREY, ome=True, metadata={"axes": letters})
    holds(path, values)
    with tifffile.TiffFile(path) as tiff:
        assert stored_axes(path, series_of(tiff)) == ("ZYX", (5, 6, 8))


@pytest.mark.parametrize("how", [{}, {"ome": True}, BARE], ids=["shaped", "OME", "plain"])
def test_stacks_of_several_sizes(tmp_path, how):
    how = dict(how)
    parts = [counted((4, 6, 8)), counted((5, 7, 9))]
    with tifffile.TiffWriter(tmp_path / "a.tif", ome=how.pop("ome", None)) as file:
        for part in parts:
            file.write(part, **GREY, **how)
    with pytest.raises(InputError, match=r"2 images of different size \(0: 4 × 6 × 8, 1: 5 × 7 × 9\)"):
        read_tiff(tmp_path / "a.tif")
    for number, part in enumerate(parts):
        holds(tmp_path / "a.tif", part, Choice(dataset=str(number)))
    assert not has_grey_slices(tmp_path / "a.tif")


@pytest.mark.parametrize(
    "how",
    [
        {"photometric": "rgb"},
        {"photometric": "rgb"} | BARE,
        {"photometric": "rgb", "ome": True, "metadata": {"axes": "YXS"}},
        {"photometric": "rgb", "imagej": True},
    ],
    ids=["shaped", "plain", "OME", "ImageJ"],
)
def test_colours_are_refused(tmp_path, how):
    path = written(tmp_path / "a.tif", counted((16, 17, 3)).astype(np.uint8), **how)
    with pytest.raises(InputError, match="is a colour image"):
        read_tiff(path)
    assert not has_grey_slices(path)


@pytest.mark.parametrize("shape", [*SHAPES, (4, 6, 1), (5, 1, 1), (1, 1, 1)], ids=str)
@pytest.mark.parametrize("largest", [2_000_000_000, 0], ids=["ImageJ", "OME"])
@pytest.mark.parametrize("size_um", [(3.0, 2.0, 1.0), None], ids=["scale", "no scale"])
def test_written_by_this_package(tmp_path, monkeypatch, shape, largest, size_um):
    monkeypatch.setattr("napari_crystalseg.io.formats.tiff.stack_writing.LARGEST_IMAGEJ_BYTES", largest)
    values = counted(shape, np.float32)
    write_tiff(values, size_um, {}, tmp_path / "a.tif")
    holds(tmp_path / "a.tif", values)
    grid = read_tiff(tmp_path / "a.tif")
    assert grid.scale.sizes_um == (None if size_um is None else pytest.approx(size_um))


def test_what_tifffile_does_not_have_is_no_damage(tmp_path):
    path = written(tmp_path / "a.tif", counted((4, 6, 8)), **GREY)
    with tifffile.TiffFile(path) as tiff:
        for asked in (tiff, tiff.series[0], tiff.pages[0]):
            with pytest.raises(AttributeError, match="no_such_thing"), explaining_damage(path):
                getattr(asked, "no_such_" + "thing")
        with pytest.raises(InputError, match="truncated or damaged"), explaining_damage(path):
            getattr(None, "no_such_" + "thing")
