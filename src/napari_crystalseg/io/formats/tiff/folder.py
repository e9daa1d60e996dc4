"""Folders of TIFF files: a raw scan with its angles, or the slices of a volume."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ....errors import InputError
from ....frames import LazyFrames
from ....provenance import Provenance
from ....scan import Scan
from ...assumed.statements import Statements
from ...frames.angles import read_angles
from ...frames.flipped_frames import flipped
from ...frames.frame_names import paired_with_angles
from ...grids.axes import find_arrangement
from ...grids.choice import ONLY, Choice, refuse_dataset
from ...grids.grid import Grid
from ...grids.scale import Scale, scale_from
from ...grids.single_slice import THICKNESS
from .axes import oriented
from .frames import TiffFrames
from .listing import subfolders, tiff_files
from .slice_files import SliceFile, common_scale, in_order, missing_numbers
from .statements import tiff_flips, tiff_statements

_DARK = {"dark", "darks", "darkfield", "darkfields", "df"}
_FLAT = {"flat", "flats", "flatfield", "flatfields", "ff", "white", "whites", "openbeam", "ob", "bright", "brightfield"}
_PROJECTION = {"projection", "projections", "proj", "projs", "radiograph", "radiographs", "tomo", "sample", "raw"}
_BEFORE, _AFTER = {"before", "pre"}, {"after", "post"}
_ANGLES = (".txt", ".csv", ".npy", ".dat", ".tsv")
_HELP = "one angle in degrees a line, in the order of the projections"


def is_scan_folder(folder: Path) -> bool:
    """Whether a folder of TIFF files is a raw scan: it has angles, flats or darks."""
    found = _Files(folder)
    return bool(found.angles or found.flats or found.darks)


def read_scan_folder(folder: Path) -> Scan:
    """Read projections, flats and darks from TIFF files, and angles from a text file, table or ``.npy``.

    Files with ``flat`` or ``dark`` as a word of their name, or in subfolders so named, are those frames; all others, or
    those of the subfolder ``projections``, are projections. Where their names hold the angles they are paired by them,
    else they are in the order of their last count (2 before 10), see :mod:`~.frame_names`. A file may be a stack.
    Flats named ``before`` or ``after`` have their places. Frames stay in their files.

    Raises
    ------
    InputError
        No angles, no flats, no projections, several places to choose from, images of several sizes or in colours,
        another number of angles than projections, or names that hold other angles.
    """
    found = _Files(folder)
    if not found.angles:
        raise InputError(
            f"The folder {folder.name} has no file of angles; add angles.txt (or angles.csv, angles.npy) with {_HELP}."
        )
    if len(found.angles) > 1:
        names = ", ".join(file.name for file in found.angles)
        raise InputError(f"The folder {folder.name} has several files of angles ({names}); keep one.")
    if not found.projections:
        raise InputError(
            f"The folder {folder.name} has no projections: every TIFF file in it is a flat or a dark by its name."
        )
    if not found.flats:
        raise InputError(
            f"The folder {folder.name} has no flats; put them in a subfolder 'flats' or name them flat_0000.tif and so "
            "on."
        )
    angles, assumed = read_angles(found.angles[0])
    said = Statements()
    said.assumed(assumed)
    if len(angles) == len(found.projections):
        found.projections, pairing = paired_with_angles(found.projections, angles, found.angles[0].name)
        said.assumed(pairing)
    projections, flats = TiffFrames(found.projections), TiffFrames(found.flats)
    if len(angles) != len(projections):
        raise InputError(
            f"{found.angles[0].name} has {len(angles)} angles but the folder {folder.name} has {len(projections)} "
            f"projections; write {_HELP}."
        )
    darks: LazyFrames | NDArray[np.generic]
    if found.darks:
        darks = TiffFrames(found.darks)
    else:
        darks = np.zeros((1, *flats.shape[1:]), flats.dtype)
        said.assumed("no dark frames: taken as zero")
    turned = tiff_flips(folder, [one for one in (projections, flats, darks) if isinstance(one, TiffFrames)], said)
    for text in missing_numbers(found.projections, "projections"):
        said.assumed(text)
    pixel_size_um = tiff_statements(folder, projections, found.unread(folder), said)
    return Scan(
        flipped(projections, *turned),
        flipped(flats, *turned),
        flipped(darks, *turned),
        angles,
        pixel_size_um=pixel_size_um,
        flat_positions=_positions(folder, flats, len(projections)),
        provenance=said.recorded_in(Provenance.of_file(folder)),
    )


def read_slices(folder: Path, choice: Choice = ONLY) -> Grid:
    """Read a folder of TIFF files, a slice or a stack a file, as a volume.

    Their order is that of the places that they state (an OME-TIFF in several files), else the natural one of their
    names; their voxel size is what all of them state alike.

    Raises
    ------
    InputError
        Images of several sizes, in colours, or damaged, files that do not belong together, or more than one folder of
        them.
    """
    refuse_dataset(choice, folder)
    files, assumed = in_order([SliceFile.of(path) for path in _Files(folder).projections], folder)
    frames = TiffFrames([file.path for file in files])
    is_slice = len(frames) == 1 and choice.axes is None
    lay = find_arrangement(frames.shape[1:] if is_slice else frames.shape, None, choice.axes, choice.picks)
    turned = {file.orientation for file in files}
    if turned != {1} and choice.axes is None:
        if len(turned) > 1:
            raise InputError(
                f"The images of the folder {folder.name} are stored in several orientations; save them alike."
            )
        lay = oriented(lay, turned.pop())

    def read(first: int, last: int) -> NDArray[np.generic]:
        if is_slice:
            return lay.laid(np.asarray(frames[0]))
        block = frames[first:last] if lay.order[0] == 0 else frames[:]
        return lay.laid(np.asarray(block)[(slice(None), *lay.key(first, last)[1:])])

    def stated() -> Scale:
        found = common_scale(files, is_slice)
        sizes = None if found.sizes_um is None else lay.sizes(found.sizes_um[-len(lay.stored) :])
        if not is_slice:
            return replace(found, sizes_um=sizes)
        return Scale(sizes, (*found.assumed, THICKNESS))

    return Grid(lay.shape, frames.dtype, read, scale_from(stated), {}, (*lay.assumed, *assumed))


class _Files:
    """The files of a folder by what their names say they are."""

    def __init__(self, folder: Path) -> None:
        self.angles = sorted(
            file
            for file in folder.iterdir()
            if file.suffix.lower() in _ANGLES and re.search("angle|theta", file.stem, re.IGNORECASE) and file.is_file()
        )
        self.darks: list[Path] = []
        self.flats: list[Path] = []
        self.projections: list[Path] = []
        for file in tiff_files(folder):
            self._of(file.stem).append(file)
        rest = []
        for one in subfolders(folder):
            files = list(tiff_files(one))
            if files and self._of(one.name) is not self.projections:
                self._of(one.name).extend(files)
            elif files:
                rest.append((one, files))
        named = [(one, files) for one, files in rest if _words(one.name) & _PROJECTION]
        # Folders of other things, such as a reconstruction, do not count beside one that is named.
        rest = named or rest
        if not self.projections and len(rest) > 1:
            names = ", ".join(one.name for one, _ in rest)
            raise InputError(
                f"The folder {folder.name} has TIFF files in several subfolders ({names}); name the one of the "
                "projections 'projections', or open one of them."
            )
        if not self.projections and rest:
            self.projections = rest[0][1]
        for files in (self.darks, self.flats, self.projections):
            files.sort(key=_natural)

    def unread(self, folder: Path) -> list[Path]:
        """Subfolders with TIFF files, and files, of which nothing is read."""
        read = {*self.angles, *self.darks, *self.flats, *self.projections}
        parents = {file.parent for file in read}
        files = [file for file in folder.iterdir() if file.is_file() and not file.name.startswith(".")]
        return sorted(
            [one for one in subfolders(folder) if one not in parents and any(tiff_files(one))]
            + [file for file in files if file not in read]
        )

    def _of(self, name: str) -> list[Path]:
        words = _words(name)
        return self.darks if words & _DARK else self.flats if words & _FLAT else self.projections


def _words(name: str) -> set[str]:
    return set(re.findall("[a-z]+", name.lower()))


def _natural(path: Path) -> list[tuple[int, int, str]]:
    parts = re.split(r"(\d+)", f"{path.parent.name}/{path.name}".lower())
    return [(1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts]


def _positions(folder: Path, flats: TiffFrames, count: int) -> NDArray[np.float64] | None:
    """Projections taken before each flat, where every name says before or after."""
    places: list[float] = []
    for file in flats.files:
        # In the folder itself the folder's name says nothing of one file.
        words = _words(file.relative_to(folder.absolute()).as_posix())
        if bool(words & _BEFORE) == bool(words & _AFTER):
            return None
        places.append(0 if words & _BEFORE else count)
    return np.array(places)
