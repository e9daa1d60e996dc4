"""TIFF: with the header of a Pilatus or Eiger in its description, or plain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ...errors import InputError, lacks_memory, shortened
from ...provenance import Provenance
from ..assumed.statements import Statements
from .diffraction_image import DiffractionImage
from .pilatus_header import is_pilatus_header, pilatus_statements
from .pixel_values import counts_and_mask, refuse_shape

SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def is_diffraction_tiff(path: Path) -> bool:
    """Whether a TIFF says of itself that it is a diffraction image; plain ones do not."""
    import tifffile

    try:
        with tifffile.TiffFile(path) as file:
            return is_pilatus_header(file.pages[0].description or "")  # type: ignore[union-attr]
    except Exception:
        # What is damaged is not told apart here.
        return False


def count_tiff(path: Path) -> int:
    """Count the images of a TIFF.

    Raises
    ------
    InputError
        Truncated or damaged.
    """
    import tifffile

    try:
        with tifffile.TiffFile(path) as file:
            return sum(int(np.prod(series.shape[:-2])) for series in file.series[:1])
    except Exception as error:
        raise InputError(f"{path.name} is truncated or damaged as a TIFF ({shortened(error)}).") from error


def read_tiff(path: Path, number: int = 1) -> DiffractionImage:
    """Read one image of a TIFF.

    Raises
    ------
    InputError
        Truncated, in colour, or without that image.
    """
    import tifffile

    statements = Statements()
    try:
        with tifffile.TiffFile(path) as file:
            series = file.series[0]
            shape = tuple(series.shape)
            if len(shape) < 2 or "S" in series.axes:
                raise InputError(f"{path.name} holds an image in colour, or of another kind than counts.")
            refuse_shape(shape[-2:], path.name)
            count = int(np.prod(shape[:-2]))
            if number > count:
                raise InputError(f"{path.name} holds {count} image{'s' if count > 1 else ''}; there is no {number}.")
            text = file.pages[0].description or ""  # type: ignore[union-attr]
            if len(series.pages) == count:
                values = np.asarray(series.pages[number - 1].asarray())  # type: ignore[union-attr]
            else:
                values = np.asarray(series.asarray()).reshape(count, *shape[-2:])[number - 1]
    except InputError:
        raise
    except Exception as error:
        if lacks_memory(error):
            raise MemoryError(str(error)) from error
        raise InputError(
            f"{path.name} is truncated or damaged as a TIFF ({shortened(error)}); copy it again."
        ) from error
    stated: dict[str, Any] = {}
    cutoff = None
    if is_pilatus_header(text):
        stated = pilatus_statements(text, statements)
        cutoff = stated.pop("cutoff")
    else:
        statements.assumed("the TIFF states neither wavelength nor distance")
    counts, mask = counts_and_mask(values, statements, cutoff)
    return DiffractionImage(
        counts,
        mask,
        number=number,
        count=count,
        provenance=statements.recorded_in(Provenance.of_file(path)),
        **stated,
    )
