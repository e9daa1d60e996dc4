"""CBF: the short headers of Pilatus and Eiger detectors, and imgCIF."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import re
import zlib
from base64 import b64encode
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError, shortened
from ...provenance import Provenance
from ..assumed.statements import Statements
from .diffraction_image import DiffractionImage
from .imgcif import detector_axes
from .pilatus_header import pilatus_statements
from .pixel_values import counts_and_mask, refuse_shape

SIGNATURE = b"###CBF"
_SECTION = b"--CIF-BINARY-FORMAT-SECTION--"
_START = b"\x0c\x1a\x04\xd5"
_LARGEST_HEADER = 1 << 20
_LARGEST_FILE = 1 << 30
GZIP, BZIP2 = b"\x1f\x8b", b"BZh"


def read_cbf(path: Path) -> DiffractionImage:
    """Read a CBF image.

    Raises
    ------
    InputError
        Truncated, damaged, compressed in another way than detectors do, or without an image.
    """
    data = unpacked(path)
    begin = data.find(_SECTION, 0, _LARGEST_HEADER)
    start = data.find(_START, begin) if begin >= 0 else -1
    if begin < 0 or start < 0:
        raise InputError(f"{path.name} is a CBF file without image data: it is truncated, or holds text alone.")
    values = _values(path, data[begin:start].decode("latin-1"), data, start + len(_START))
    # The tag before the section itself is no CIF without it.
    header = re.sub(r"_array_data\.data\s*;?\s*$", "", data[:begin].decode("latin-1").replace("\r\n", "\n").rstrip())
    statements = Statements()
    stated = pilatus_statements(header, statements)
    counts, mask = counts_and_mask(values, statements, stated.pop("cutoff"))
    axes = detector_axes(header + "\n", statements)
    if data.find(_START, start + len(_START)) >= 0 and data.count(b"\n" + _SECTION + b"\r\n") > 1:
        statements.assumed("the file holds several images, of which the first is used")
    provenance = statements.recorded_in(Provenance.of_file(path))
    return DiffractionImage(counts, mask, axes=axes, provenance=provenance, **stated)


def unpacked(path: Path, most: int = _LARGEST_FILE) -> bytes:
    """Bytes of a file, unpacked where it is packed by gzip or bzip2; no more of them than ``most``.

    Raises
    ------
    InputError
        The packed file is truncated or damaged.
    """
    with path.open("rb") as stream:
        head = stream.read(3)
    opener = gzip.open if head.startswith(GZIP) else bz2.open if head.startswith(BZIP2) else None
    if opener is None:
        with path.open("rb") as stream:
            return stream.read(most)
    try:
        with opener(path, "rb") as packed:
            return bytes(packed.read(most))
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path.name} is truncated or damaged: it cannot be unpacked ({shortened(error)}).") from error


def _values(path: Path, section: str, data: bytes, start: int) -> NDArray[np.generic]:
    """Pixels of the binary section that begins at ``start``, whose bytes are all there."""
    fast, slow, size = (_whole(section, key) for key in ("Size-Fastest-Dimension", "Size-Second-Dimension", "Size"))
    if fast is None or slow is None or size is None:
        raise InputError(f"{path.name} does not say how many pixels its image has; it is damaged.")
    refuse_shape((slow, fast), path.name)
    if len(data) - start < size:
        raise InputError(
            f"{path.name} is truncated: its image takes {size} bytes, of which {len(data) - start} are there; copy it "
            "again."
        )
    packed = data[start : start + size]
    stated = re.search(r"Content-MD5:\s*(\S+)", section)
    if stated and b64encode(hashlib.md5(packed, usedforsecurity=False).digest()).decode() != stated.group(1):
        raise InputError(f"{path.name} is damaged: its image is not what its checksum says; copy it again.")
    element = re.search(r'X-Binary-Element-Type:\s*"?([^"\r\n]+)"?', section)
    kind = _TYPES.get(element.group(1).strip().lower() if element else "")
    if kind is None:
        raise InputError(f"{path.name} holds pixels of a type that is not read ({element and element.group(1)}).")
    count = slow * fast
    if "x-CBF_BYTE_OFFSET" in section:
        from fabio.compression import decByteOffset

        # Each pixel takes at least one byte.
        if size < count:
            raise InputError(f"{path.name} is damaged: {size} bytes cannot hold {count} pixels.")
        values = np.asarray(decByteOffset(packed, size=count, dtype=kind))
    elif "conversions" not in section or "x-CBF_NONE" in section:
        values = np.frombuffer(packed, dtype=np.dtype(kind).newbyteorder(">" if "BIG_ENDIAN" in section else "<"))
    else:
        conversion = re.search(r'conversions\s*=\s*"([^"]+)"', section)
        raise InputError(
            f"{path.name} is compressed by {conversion.group(1) if conversion else 'another way'}, which is not read; "
            "convert it to byte offsets, as cbflib's cif2cbf does."
        )
    if values.size < count:
        raise InputError(f"{path.name} is damaged: it holds {values.size} pixels and says {count}.")
    return values[:count].reshape(slow, fast)


def _whole(section: str, key: str) -> int | None:
    match = re.search(rf"X-Binary-{key}:\s*(\d+)", section)
    return int(match.group(1)) if match else None


_TYPES = {
    "signed 32-bit integer": "int32",
    "unsigned 32-bit integer": "uint32",
    "signed 16-bit integer": "int16",
    "unsigned 16-bit integer": "uint16",
    "signed 32-bit real ieee": "float32",
}
