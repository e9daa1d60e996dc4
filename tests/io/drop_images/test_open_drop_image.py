"""Every kind of image that a beamline's folders hold, written here and read back, and each refusal's sentence."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageOps

from napari_crystalseg.errors import InputError
from napari_crystalseg.io.drop_images import (
    DropImage,
    describe_drop_image,
    is_drop_image,
    is_photograph,
    open_drop_image,
)


def _colours(rows: int = 24, columns: int = 32) -> np.ndarray:
    row, column = np.mgrid[:rows, :columns]
    return np.stack([row * 8, column * 7, 255 - row * 5], axis=2).astype(np.uint8)


def _grey() -> np.ndarray:
    return _colours()[:, :, 0] // 2 + _colours()[:, :, 1] // 2


def _saved(path: Path, values: np.ndarray | Image.Image, **options: object) -> Path:
    image = values if isinstance(values, Image.Image) else Image.fromarray(values)
    image.save(path, **options)  # type: ignore[arg-type]
    return path


def _said(image: DropImage) -> str:
    return "; ".join(image.provenance.assumptions)


def _png(columns: int, rows: int, depth: int, colours: int, data: bytes) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", columns, rows, depth, colours, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tif"])
def test_colours_without_loss(tmp_path: Path, name: str) -> None:
    image = open_drop_image(_saved(tmp_path / name, _colours()))
    assert np.array_equal(image.values, _colours())
    assert image.path == tmp_path / name and image.pixel_size_um is None
    assert list(image.provenance.inputs) == [name]


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tif"])
def test_grey_is_three_times_the_same(tmp_path: Path, name: str) -> None:
    values = open_drop_image(_saved(tmp_path / name, _grey())).values
    assert np.array_equal(values, np.repeat(_grey()[:, :, None], 3, axis=2))


def test_jpeg_in_grey_and_in_colours(tmp_path: Path) -> None:
    for name, values in (("g.jpg", _grey()), ("c.jpg", _colours())):
        found = open_drop_image(_saved(tmp_path / name, values, quality=97, subsampling=0)).values.astype(int)
        assert np.abs(found - (values if values.ndim == 3 else values[:, :, None])).mean() < 2


def test_content_counts_and_not_the_name(tmp_path: Path) -> None:
    path = tmp_path / "image.jpg"
    Image.fromarray(_colours()).save(path, format="PNG")
    assert np.array_equal(open_drop_image(path).values, _colours())
    assert is_drop_image(path)


def test_transparency_is_dropped_and_said(tmp_path: Path) -> None:
    alpha = np.dstack([_colours(), np.full((24, 32), 100, np.uint8)])
    for name in ("a.png", "a.tif"):
        image = open_drop_image(_saved(tmp_path / name, alpha))
        assert np.array_equal(image.values, _colours())
        assert "its transparency: not used" in _said(image)
    grey = Image.fromarray(np.dstack([_grey(), alpha[:, :, 3]]), mode="LA")
    image = open_drop_image(_saved(tmp_path / "la.png", grey))
    assert np.array_equal(image.values[:, :, 1], _grey()) and "transparency" in _said(image)


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tif"])
def test_palette(tmp_path: Path, name: str) -> None:
    palette = Image.fromarray(_colours()).quantize(16)
    found = open_drop_image(_saved(tmp_path / name, palette)).values
    assert np.array_equal(found, np.asarray(palette.convert("RGB")))


@pytest.mark.parametrize("name", ["a.png", "a.bmp", "a.tif"])
def test_one_bit(tmp_path: Path, name: str) -> None:
    bits = _grey() > 90
    found = open_drop_image(_saved(tmp_path / name, Image.fromarray(bits))).values
    assert np.array_equal(found[:, :, 0], np.where(bits, 255, 0))


def test_inks_of_jpeg_with_adobes_mark_and_without(tmp_path: Path) -> None:
    inks = np.zeros((16, 16, 4), np.uint8)
    inks[:8, :, 0] = 255  # cyan above
    inks[8:, :, 3] = 128  # half black below
    path = _saved(tmp_path / "adobe.jpg", Image.fromarray(inks, mode="CMYK"), quality=100, subsampling=0)
    image = open_drop_image(path)
    assert np.abs(image.values[2, 5].astype(int) - [0, 255, 255]).max() <= 3
    assert np.abs(image.values[12, 5].astype(int) - 127).max() <= 3
    assert "CMYK" in _said(image)
    # Without the mark, inks are stored as they are: the same bytes then mean the opposite.
    data = path.read_bytes()
    at = data.index(b"\xff\xee")
    length = int.from_bytes(data[at + 2 : at + 4], "big")
    plain = tmp_path / "plain.jpg"
    plain.write_bytes(data[:at] + data[at + 2 + length :])
    # Cyan 0, all others full: black.
    assert open_drop_image(plain).values[2, 5].max() <= 3


def test_inks_of_tiff(tmp_path: Path) -> None:
    inks = np.zeros((16, 16, 4), np.uint8)
    inks[:, :, 1] = 255
    image = open_drop_image(_saved(tmp_path / "inks.tif", Image.fromarray(inks, mode="CMYK")))
    assert (image.values == [255, 0, 255]).all()


def test_camera_of_12_bits_in_words_of_16(tmp_path: Path) -> None:
    deep = (_grey().astype(np.uint16) * 16).astype(np.uint16)
    deep[0, 0] = 4095
    for name in ("deep.png", "deep.tif"):
        image = open_drop_image(_saved(tmp_path / name, deep))
        assert np.array_equal(image.values[:, :, 2], np.rint(deep * (255 / 4095)).astype(np.uint8))
        assert "white is 4095, as of a camera of 12 bits" in _said(image)


def test_16_bits_fill_their_range(tmp_path: Path) -> None:
    import cv2

    deep = _colours().astype(np.uint16) * 257
    cv2.imwrite(str(tmp_path / "deep.png"), deep[:, :, ::-1])
    tifffile.imwrite(tmp_path / "deep.tif", deep, photometric="rgb")
    tifffile.imwrite(tmp_path / "planar.tif", np.moveaxis(deep, 2, 0), photometric="rgb", planarconfig="separate")
    for name in ("deep.png", "deep.tif", "planar.tif"):
        assert np.array_equal(open_drop_image(tmp_path / name).values, _colours()), name


def test_floats_as_shares_of_white_or_stretched(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "share.tif", (_grey() / 255).astype(np.float32))
    image = open_drop_image(tmp_path / "share.tif")
    assert np.array_equal(image.values[:, :, 0], _grey()) and "shares of white" in _said(image)
    tifffile.imwrite(tmp_path / "signed.tif", _grey().astype(np.float32) - 50)
    image = open_drop_image(tmp_path / "signed.tif")
    assert image.values.min() == 0 and image.values.max() == 255 and "black is" in _said(image)


def test_nan_is_shown_black_and_nothing_but_nan_refused(tmp_path: Path) -> None:
    values = (_grey() / 255).astype(np.float32)
    values[3, 4] = np.nan
    tifffile.imwrite(tmp_path / "nan.tif", values)
    image = open_drop_image(tmp_path / "nan.tif")
    assert image.values[3, 4, 0] == 0 and "1 of 768 pixel values are NaN or infinite" in _said(image)
    tifffile.imwrite(tmp_path / "none.tif", np.full((20, 20), np.nan, np.float32))
    with pytest.raises(InputError, match=r"none\.tif: it has no pixel value that is finite"):
        open_drop_image(tmp_path / "none.tif")


def test_white_that_is_the_lowest_value(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "w.tif", _grey(), photometric="miniswhite")
    assert np.array_equal(open_drop_image(tmp_path / "w.tif").values[:, :, 0], 255 - _grey())


def test_first_of_several_pages(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "pages.tif", np.stack([_grey(), 255 - _grey()]), photometric="minisblack")
    image = open_drop_image(tmp_path / "pages.tif")
    assert np.array_equal(image.values[:, :, 0], _grey())
    assert "the file holds 2 images, of which the first is used" in _said(image)


def test_three_channels_of_imagej_are_colours(tmp_path: Path) -> None:
    channels = np.moveaxis(_colours(), 2, 0)
    tifffile.imwrite(tmp_path / "composite.tif", channels, imagej=True, metadata={"axes": "CYX"})
    assert np.array_equal(open_drop_image(tmp_path / "composite.tif").values, _colours())


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied(tmp_path: Path, orientation: int) -> None:
    image = Image.fromarray(_colours())
    exif = Image.Exif()
    exif[274] = orientation
    path = tmp_path / "turned.png"
    image.save(path, exif=exif)
    with Image.open(path) as stored:
        wanted = np.asarray(ImageOps.exif_transpose(stored))
    found = open_drop_image(path)
    assert np.array_equal(found.values, wanted)
    assert ("turned upright" in _said(found)) == (orientation != 1)
    tifffile.imwrite(tmp_path / "t.tif", _colours(), photometric="rgb", extratags=[(274, 3, 1, orientation, True)])
    assert np.array_equal(open_drop_image(tmp_path / "t.tif").values, wanted)


def test_pixel_size_of_a_microscope_is_read(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "ij.tif", _grey(), imagej=True, resolution=(0.4, 0.4), metadata={"unit": "um"})
    assert open_drop_image(tmp_path / "ij.tif").pixel_size_um == pytest.approx(2.5, rel=1e-4)
    tifffile.imwrite(tmp_path / "ome.ome.tif", _grey(), ome=True, metadata={"PhysicalSizeX": 1.5, "PhysicalSizeY": 1.5})
    assert open_drop_image(tmp_path / "ome.ome.tif").pixel_size_um == pytest.approx(1.5)
    tifffile.imwrite(tmp_path / "cm.tif", _grey(), resolution=(4000, 4000), resolutionunit="CENTIMETER")
    image = open_drop_image(tmp_path / "cm.tif")
    assert image.pixel_size_um == pytest.approx(2.5) and "4000 pixels per centimetre" in _said(image)
    _saved(tmp_path / "a.png", _grey(), dpi=(25400 / 2.837, 25400 / 2.837))
    assert open_drop_image(tmp_path / "a.png").pixel_size_um == pytest.approx(2.837, rel=1e-4)
    _saved(tmp_path / "a.jpg", _grey(), dpi=(12700, 12700))
    assert open_drop_image(tmp_path / "a.jpg").pixel_size_um == pytest.approx(2.0)


def test_resolution_of_screens_is_not_used(tmp_path: Path) -> None:
    for name in ("a.jpg", "a.png", "a.tif", "a.bmp"):
        image = open_drop_image(_saved(tmp_path / name, _grey(), dpi=(96, 96)))
        assert image.pixel_size_um is None
        assert "as for a screen or a printer: not used" in _said(image), name


def test_pixels_that_are_not_square(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "oblong.tif", _grey(), imagej=True, resolution=(1, 0.5), metadata={"unit": "um"})
    image = open_drop_image(tmp_path / "oblong.tif")
    assert image.pixel_size_um is None and "which are not square: not used" in _said(image)


def test_given_pixel_size_is_used(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "ij.tif", _grey(), imagej=True, resolution=(0.4, 0.4), metadata={"unit": "um"})
    image = open_drop_image(tmp_path / "ij.tif", pixel_size_um=3.0)
    assert image.pixel_size_um == 3.0
    assert "the file states a pixel of 2.5 µm, and 3 µm were given: not used" in _said(image)
    with pytest.raises(InputError, match="must be a positive length"):
        open_drop_image(tmp_path / "ij.tif", pixel_size_um=-1)


def _refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        open_drop_image(path)
    text = str(caught.value)
    assert path.name in text and "\n" not in text
    return text


def test_what_is_no_image(tmp_path: Path) -> None:
    contents = {
        "empty.jpg": (b"", "is empty (0 bytes)"),
        "text.jpg": (b"well,class\nA1,clear\n", "is a text, not an image in JPEG, PNG, TIFF or BMP"),
        "zeros.png": (bytes(200), "is a file of zeros"),
        "other.png": (b"GIF89a" + bytes(40), "is a GIF, not an image"),
        "new.jpg": (b"RIFF\0\0\0\0WEBPVP8 ", "is a WebP image"),
        "noise.tif": (bytes(range(128, 256)), "is a file of another kind"),
    }
    for name, (data, words) in contents.items():
        (tmp_path / name).write_bytes(data)
        assert words in _refusal(tmp_path / name)
        assert not is_drop_image(tmp_path / name)
    (tmp_path / "folder.jpg").mkdir()
    assert "is a folder; name an image in it" in _refusal(tmp_path / "folder.jpg")
    assert not is_drop_image(tmp_path / "folder.jpg")
    assert "There is no file" in _refusal(tmp_path / "absent.jpg")
    assert not is_drop_image(tmp_path / "absent.jpg")


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.bmp", "a.tif"])
@pytest.mark.parametrize("share", [0.05, 0.4, 0.95])
def test_truncated_file(tmp_path: Path, name: str, share: float) -> None:
    whole = _saved(tmp_path / name, np.random.default_rng(0).integers(0, 255, (60, 80, 3)).astype(np.uint8))
    whole.write_bytes(whole.read_bytes()[: int(share * whole.stat().st_size)])
    text = _refusal(whole)
    assert "truncated" in text or "damaged" in text


def test_deep_png_that_is_truncated(tmp_path: Path) -> None:
    import cv2

    path = tmp_path / "deep.png"
    cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 65535, (60, 80, 3)).astype(np.uint16))
    path.write_bytes(path.read_bytes()[:9000])
    assert "truncated" in _refusal(path)


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.bmp", "a.tif"])
def test_damaged_bytes_are_told_in_a_sentence(tmp_path: Path, name: str) -> None:
    whole = _saved(tmp_path / name, _colours())
    data = whole.read_bytes()
    rng = np.random.default_rng(1)
    for _ in range(40):
        broken = bytearray(data)
        for at in rng.integers(2, len(data), 4):
            broken[at] = int(rng.integers(256))
        whole.write_bytes(bytes(broken))
        try:
            open_drop_image(whole)
        except InputError as error:
            assert "\n" not in str(error)


def test_image_without_pixels(tmp_path: Path) -> None:
    (tmp_path / "none.png").write_bytes(_png(0, 5, 8, 0, b""))
    assert "5 by 0 pixels (rows by columns): it holds none" in _refusal(tmp_path / "none.png")


def test_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    limit = Image.MAX_IMAGE_PIXELS
    (tmp_path / "bomb.png").write_bytes(_png(60000, 60000, 8, 2, b"\0" * 1000))
    assert "60000 by 60000 pixels" in _refusal(tmp_path / "bomb.png")
    data = io.BytesIO()
    Image.new("L", (16, 16)).save(data, "JPEG")
    huge = data.getvalue().replace(b"\x08\x00\x10\x00\x10", b"\x08\xff\xdc\xff\xdc")
    (tmp_path / "huge.jpg").write_bytes(huge)
    assert "cut the drop out" in _refusal(tmp_path / "huge.jpg")
    assert limit == Image.MAX_IMAGE_PIXELS


def test_more_pixels_than_pillow_warns_of_are_read(tmp_path: Path) -> None:
    path = _saved(tmp_path / "large.png", Image.new("1", (12000, 8000)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
        assert open_drop_image(path).shape == (8000, 12000)


def test_no_memory_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import psutil

    class Little:
        available = 1000
        free = 0

    monkeypatch.setattr(psutil, "virtual_memory", lambda: Little)
    monkeypatch.setattr(psutil, "swap_memory", lambda: Little)
    assert "GB of memory" in _refusal(_saved(tmp_path / "a.png", _colours()))


def test_told_in_words(tmp_path: Path) -> None:
    told = describe_drop_image(_saved(tmp_path / "a.jpg", _grey(), dpi=(96, 96)))
    assert told[0] == "Micrograph: 24 × 32 pixels (rows × columns) of unknown size, grey."
    assert told[1] == "Assumed: its resolution of 96 dots per inch, as for a screen or a printer: not used."
    assert "of 2 µm, in colours" in describe_drop_image(_saved(tmp_path / "a.bmp", _colours(), dpi=(12700, 12700)))[0]
    assert is_photograph(tmp_path / "a.jpg") and not is_photograph(_saved(tmp_path / "a.tif", _grey()))
    assert not is_photograph(tmp_path)
