"""Outlines of drops and crystals from files: COCO JSON, masks as CHiMP keeps them, and folders of either."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...drops.files import OutlinedImage, each_of_coco, each_of_coco_results, read_chimp_masks
from ...drops.files.coco.json_file import is_coco_results
from ...drops.objects import KINDS
from ...errors import InputError, one_line
from ...io import check_input
from ...io.drop_images import drop_images_in
from .detection_files import COCO as DETECTIONS
from .detection_files import MASKS, POSITIONS

COCO = "coco.json"
"""Data set in a folder of simulated drops."""


def holds_outlines(path: str | Path) -> bool:
    """Whether a path names outlines: a ``.json`` or ``.npz`` file, or a folder with such and without images.

    A folder that the detector wrote is one, also where it was not asked to write outlines: reading it says so.
    """
    path = Path(path)
    if not path.is_dir():
        return path.suffix.lower() in (".json", ".npz")
    if not _mask_files(path) and not (path / COCO).is_file() and not _is_of_detector(path):
        return False
    try:
        return not drop_images_in(path)
    except InputError:
        return True


def read_outlines(path: str | Path, dataset: str | Path | None = None) -> tuple[OutlinedImage, ...]:
    """Read the outlines that a file or folder holds.

    Parameters
    ----------
    path : path
        A COCO data set, a list of COCO results, an ``.npz`` file of CHiMP's, a folder of such, a folder with
        ``coco.json``, or one that the detector wrote.
    dataset : path, optional
        The data set that a list of results belongs to.

    Returns
    -------
    tuple of OutlinedImage
        In the order of the file, or of the names.

    Raises
    ------
    InputError
        None of these, or one that cannot be used.
    """
    return tuple(each_outlined(path, dataset))


def each_outlined(path: str | Path, dataset: str | Path | None = None) -> Iterator[OutlinedImage]:
    """Read the outlines that a file or folder holds image by image, as :func:`read_outlines` does.

    Raises
    ------
    InputError
        None of these, at once; or an image cannot be used, when it is its turn.
    """
    path = Path(path)
    check_input(path)
    if path.is_dir():
        if (path / COCO).is_file():
            return each_of_coco(path / COCO)
        if _is_of_detector(path):
            return _of_detector(path)
        files = _mask_files(path)
        if not files:
            raise InputError(f"{one_line(str(path))} holds no masks (.npz) and no {COCO}.")
        return (read_chimp_masks(file) for file in files)
    if path.suffix.lower() == ".npz":
        return iter([read_chimp_masks(path, kinds=KINDS)])
    if path.suffix.lower() != ".json":
        raise InputError(
            f"{path.name} is no file of outlines: name a COCO data set (.json), masks as CHiMP keeps them (.npz), or a "
            "folder of those."
        )
    if not is_coco_results(path):
        return each_of_coco(path)
    if dataset is None:
        raise InputError(
            f"{path.name} is a list of COCO results, which does not say what its images are called: name the data set "
            "with outlines instead."
        )
    return each_of_coco_results(path, dataset)


def _is_of_detector(folder: Path) -> bool:
    return (folder / POSITIONS).is_file() or (folder / DETECTIONS).is_file()


def _of_detector(folder: Path) -> Iterator[OutlinedImage]:
    """What the detector wrote: the data set, which has the size of a pixel, too, or else masks."""
    if (folder / DETECTIONS).is_file():
        return each_of_coco(folder / DETECTIONS)
    files = _mask_files(folder / MASKS) if (folder / MASKS).is_dir() else []
    if not files:
        raise InputError(
            f"{one_line(str(folder))} was written by drops detect without outlines: let it write them (--json or "
            "--masks), or name the images instead."
        )
    return (read_chimp_masks(file) for file in files)


def _mask_files(folder: Path) -> list[Path]:
    # What begins with a dot is no file of the user's, such as those that macOS lays beside others.
    found = (one for one in folder.iterdir() if one.suffix.lower() == ".npz" and not one.name.startswith("."))
    return sorted(found)
