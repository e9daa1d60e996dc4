"""Micrographs to files: PNG, TIFF and JPEG."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...errors import InputError
from ...texts.json_text import to_json
from ..files.atomic import replacing
from .drop_image import DropImage
from .stated_scale import UM_PER_INCH

SUFFIXES = (".png", ".tif", ".tiff", ".jpg", ".jpeg")

_UM_PER_CM = 1e4


def save_drop_image(image: DropImage, path: str | Path, quality: int = 92) -> None:
    """Write a micrograph, whole or not at all.

    Parameters
    ----------
    image : DropImage
        Its pixel values are kept as they are in PNG and TIFF. The side of a pixel is written as the resolution, in
        JPEG to a whole number of dots an inch, and the provenance as a comment.
    path : path
        File to write; ``.png``, ``.tif``, ``.tiff``, ``.jpg`` or ``.jpeg`` says as what.
    quality : int
        Of JPEG, 1 to 100.

    Raises
    ------
    InputError
        Another suffix, or the place cannot be written.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(f"{path.name} is not named as an image that can be written: {', '.join(SUFFIXES)}.")
    said = to_json(image.provenance.to_dict())
    with replacing(path) as partial:
        if suffix in (".tif", ".tiff"):
            _save_tiff(image, partial, said)
        else:
            _save_by_pillow(image, partial, said, suffix, quality)


def _save_tiff(image: DropImage, path: Path, said: str) -> None:
    import tifffile

    options: dict[str, Any] = {}
    if image.pixel_size_um is not None:
        per_cm = _UM_PER_CM / image.pixel_size_um
        options = {"resolution": (per_cm, per_cm), "resolutionunit": "CENTIMETER"}
    # Its description may hold plain ASCII alone, and no date stands in the file: the same image gives the same bytes.
    plain = said.encode("ascii", "backslashreplace").decode()
    tifffile.imwrite(
        path, image.values, photometric="rgb", compression="zlib", description=plain, metadata=None, **options
    )


def _save_by_pillow(image: DropImage, path: Path, said: str, suffix: str, quality: int) -> None:
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    options: dict[str, Any] = {}
    if suffix == ".png":
        comment = PngInfo()
        comment.add_itxt("Comment", said)
        options = {"format": "PNG", "pnginfo": comment}
    else:
        options = {"format": "JPEG", "quality": quality, "comment": said.encode()}
    if image.pixel_size_um is not None:
        per_inch = UM_PER_INCH / image.pixel_size_um
        # JPEG counts dots an inch in 16 bits; finer pixels than 0.4 µm it cannot tell.
        if suffix == ".png" or 0.5 <= per_inch < 65535.5:
            options["dpi"] = (per_inch, per_inch)
    Image.fromarray(image.values).save(path, **options)
