"""Open a diffraction image of any of the formats."""

from __future__ import annotations

from pathlib import Path

from ...errors import InputError
from ..files.input_file import check_input
from ..files.unforeseen import named
from .cbf import BZIP2, GZIP, read_cbf, unpacked
from .cbf import SIGNATURE as CBF
from .diffraction_image import DiffractionImage
from .tiff import SIGNATURES as TIFF
from .tiff import count_tiff, is_diffraction_tiff, read_tiff

_HDF5 = b"\x89HDF\r\n\x1a\n"
_OF_DETECTORS = (".cbf", ".img", ".mccd", ".osc", ".sfrm", ".edf", ".mar345", ".mar2300", ".marccd")


def open_diffraction_image(path: str | Path, number: int = 1) -> DiffractionImage:
    """Open a diffraction image with what its header states.

    Parameters
    ----------
    path : path
        CBF, TIFF, HDF5 (an Eiger master file, NXmx, or a dataset of images such as ``entry/data/data``), or a file of
        another format that fabio reads.
    number : int, optional
        Which image of a stack, from 1.

    Returns
    -------
    DiffractionImage
        Counts (slow, fast), their mask, and the header's statements.

    Raises
    ------
    InputError
        There is no such file or image, or it is empty, truncated, damaged, or no image.
    """
    path = Path(path)
    check_input(path)
    if path.is_dir():
        raise InputError(f"{path.name} is a folder; name one diffraction image in it.")
    if isinstance(number, bool) or number < 1:
        raise InputError(f"Images of a stack are numbered from 1; there is no {number}.")
    with named(path):
        head = _head(path)
        if not head:
            raise InputError(f"{path.name} is empty (0 bytes); it was perhaps not written to its end.")
        if head.startswith(_HDF5):
            from .hdf5 import read_hdf5

            return read_hdf5(path, number)
        if head.startswith(CBF):
            if number > 1:
                raise InputError(f"{path.name} holds 1 image; there is no {number}.")
            return read_cbf(path)
        if head.startswith(TIFF) and not _is_marccd(path):
            return read_tiff(path, number)
        from .other import read_other

        return read_other(path, number)


def count_diffraction_images(path: str | Path) -> int:
    """How many images a file holds; 1 for the formats of single ones.

    Raises
    ------
    InputError
        As for :func:`open_diffraction_image`.
    """
    path = Path(path)
    check_input(path)
    with named(path):
        head = _head(path)
        if head.startswith(_HDF5):
            from .hdf5 import count_hdf5

            return count_hdf5(path)
        return count_tiff(path) if head.startswith(TIFF) and not _is_marccd(path) else 1


def is_diffraction_image(path: str | Path) -> bool:
    """Whether a file says of itself that it holds diffraction images, from its header alone.

    False for what may as well be a scan, a volume or a slice of a tomogram: a TIFF without a detector's header, and
    HDF5 without beam centre, Eiger's data files or the definition NXmx.
    """
    path = Path(path)
    if not path.is_file():
        return False
    try:
        head = _head(path)
        if head.startswith(_HDF5):
            from .hdf5 import is_diffraction_hdf5

            return is_diffraction_hdf5(path)
        if head.startswith(TIFF):
            return _is_marccd(path) or is_diffraction_tiff(path)
    except (InputError, OSError):
        return False
    return head.startswith(CBF) or (head.startswith(b"{\nHEADER_BYTES") and path.suffix.lower() in _OF_DETECTORS)


def _head(path: Path) -> bytes:
    """The first bytes of a file, unpacked where it is packed."""
    with path.open("rb") as stream:
        head = stream.read(16)
    return unpacked(path, 16) if head.startswith((GZIP, BZIP2)) else head


def _is_marccd(path: Path) -> bool:
    """Whether a TIFF has the header of a MarCCD behind its own."""
    with path.open("rb") as stream:
        stream.seek(1024)
        header = stream.read(3072)
    # The sizes of the image stand at 80 and 84 in it, behind its type 2.
    return len(header) == 3072 and header[:4] in (b"\x02\0\0\0", b"\0\0\0\x02")
