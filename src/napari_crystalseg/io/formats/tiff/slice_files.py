"""The slices of a volume in files of their own: what each states, and in which order they belong."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ....errors import InputError
from ...grids.choice import listed
from ...grids.scale import Scale
from .axes import MIN_IS_WHITE, SHOWN_WHITE
from .damage import collected_messages, explaining_damage
from .scale import SLICE_DISTANCE, TiffScale, scale_of, spans_files
from .unread_tags import unread_tags

_DIGITS = re.compile(r"\d+")
# A sign right before a number, as a mark or as a word, and not between two numbers.
_SIGNED = re.compile(
    r"(?:(?<![0-9.])([-+])|(?<![0-9a-z.])(m(?:inus)?|neg|n|p(?:lus)?|pos))?(\d+(?:\.\d+)?)", re.IGNORECASE
)


@dataclass(frozen=True)
class SliceFile:
    """One file of a folder and what its header states.

    Parameters
    ----------
    path : Path
        The file.
    first_z : int or None
        Place of its first image among those of the whole volume, as an OME-TIFF in several files has it.
    scale : TiffScale or None
        Voxel size; None where it cannot be read.
    problem : str
        Why it cannot be read.
    orientation : int
        Tag Orientation; 1 is upright.
    images : int
        How many it holds.
    unread : tuple of str
        What its tags state that is not used.
    """

    path: Path
    first_z: int | None
    scale: TiffScale | None
    problem: str
    orientation: int
    images: int = 1
    unread: tuple[str, ...] = ()

    @classmethod
    def of(cls, path: Path) -> SliceFile:
        """Read the header of a file.

        Raises
        ------
        InputError
            Damaged, or one of several channels or times.
        """
        import tifffile

        with explaining_damage(path), collected_messages(), tifffile.TiffFile(path) as tiff:
            tag = tiff.pages.first.tags.get("Orientation")
            first_z = _first_z(tiff.ome_metadata, path) if tiff.is_ome and tiff.ome_metadata else None
            scale, problem = None, ""
            try:
                scale = scale_of(tiff)
            except InputError as error:
                problem = str(error)
            orientation = 1 if tag is None else int(tag.value)
            unread = unread_tags(tiff)
            if int(tiff.pages.first.photometric) == MIN_IS_WHITE:
                unread.append(SHOWN_WHITE)
            return cls(path, first_z, scale, problem, orientation, len(tiff.pages), tuple(unread))


def in_order(files: Sequence[SliceFile], folder: Path) -> tuple[list[SliceFile], list[str]]:
    """Put the files of one volume in order: by the place that they state, else by the numbers in their names.

    Numbers that have a minus in some names and none in others are signed: -2, -1, 0, 1.

    Parameters
    ----------
    files : sequence of SliceFile
        In natural order of their names.
    folder : Path
        Where they are, for what is said.

    Returns
    -------
    files : list of SliceFile
        In the order of slices.
    assumed : list of str
        What had to be assumed.

    Raises
    ------
    InputError
        Files that do not belong together, or numbers that vary in two places.
    """
    ordered, said = _in_order(files, folder)
    return ordered, [*said, *_odd_image_counts(ordered), *_unused_statements(ordered)]


def _in_order(files: Sequence[SliceFile], folder: Path) -> tuple[list[SliceFile], list[str]]:
    if len(files) == 1:
        return list(files), []
    places = [file.first_z for file in files]
    if all(place is not None for place in places):
        if len(set(places)) < len(places):
            raise InputError(
                f"Several files of the folder {folder.name} say that they hold the same slice of an image."
            )
        return sorted(files, key=lambda file: file.first_z or 0), []
    names = [file.path.name for file in files]
    kinds = Counter(_DIGITS.sub("#", name) for name in names)
    if len(kinds) > 1 and (signed := _by_signed_numbers(files)) is not None:
        ordered, numbers = signed
        first, last = ordered[0].path.name, ordered[-1].path.name
        said = f"slices in the order of the signed numbers in their names, from {first} to {last}"
        return ordered, [said, *_missing(numbers)]
    if len(kinds) > 1:
        told = "; ".join(f"{count} of {kind}" for kind, count in kinds.most_common(5))
        odd = [name for name in names if kinds[_DIGITS.sub("#", name)] == min(kinds.values())]
        raise InputError(
            f"The files of the folder {folder.name} do not belong together by their names ({told}, such as "
            f"{listed(odd[:3])}); keep only the slices of one volume in it."
        )
    return list(files), _sentences_on_names(names, folder)


def _unused_statements(files: Sequence[SliceFile]) -> list[str]:
    """What the first file states that is not used, and whether others state else."""
    first = files[0]
    others = sum(file.unread != first.unread for file in files)
    if not others:
        return list(first.unread)
    texts = first.unread or next(file.unread for file in files if file.unread)
    said = f"in {others} of the files that differs from {first.path.name}: not used"
    return [*texts, f"what headers state of such things {said}"]


def _odd_image_counts(files: Sequence[SliceFile]) -> list[str]:
    """Say which files hold another number of images than the rest, but for the last, which may be shorter."""
    usual = Counter(file.images for file in files).most_common(1)[0][0]
    odd = [file for file in files[:-1] if file.images != usual]
    odd += [file for file in files[-1:] if file.images > usual]
    if not odd:
        return []
    told = ", ".join(f"{file.images} in {file.path.name}" for file in odd[:3])
    return [
        f"files hold {usual} image{'' if usual == 1 else 's'} each but {told}: all are taken as slices, in that order"
    ]


def common_scale(files: Sequence[SliceFile], is_slice: bool) -> Scale:
    """Voxel size that all files state alike.

    Raises
    ------
    InputError
        It cannot be read, or the files state different ones.
    """
    for file in files:
        if file.scale is None:
            raise InputError(f"{file.path.name}: {file.problem}")
    scales = [file.scale for file in files if file.scale is not None]
    first = scales[0].sizes_um
    for file, scale in zip(files, scales, strict=True):
        if scale.sizes_um.keys() != first.keys() or any(
            not np.isclose(size, first[axis], rtol=1e-4, equal_nan=True) for axis, size in scale.sizes_um.items()
        ):
            raise InputError(
                f"{files[0].path.name} states a voxel size of {_sizes_text(first)} and {file.path.name} one of "
                f"{_sizes_text(scale.sizes_um)}"
            )
    assumed = scales[0].assumed
    if "X" not in first or "Y" not in first:
        return Scale(None, assumed)
    said = () if "Z" in first or is_slice else (SLICE_DISTANCE,)
    return Scale((first.get("Z", first["X"]), first["Y"], first["X"]), (*assumed, *said))


def _first_z(xml: str, path: Path) -> int | None:
    root = ElementTree.fromstring(xml)
    own = root.get("UUID")
    pixels: Any = next((one for one in root.iter() if one.tag.rpartition("}")[2] == "Pixels"), None)
    if pixels is None or not spans_files(xml, path.name):
        return None
    for axis, what in (("C", "channels"), ("T", "times")):
        if int(pixels.get(f"Size{axis}", "1")) > 1:
            raise InputError(
                f"{path.name} is of an image of {pixels.get(f'Size{axis}')} {what}, and a volume has one; save one of "
                "them as a stack."
            )
    for block in pixels:
        for identity in block:
            if identity.tag.rpartition("}")[2] == "UUID" and path.name == identity.get("FileName", path.name):
                if own is None or identity.text is None or identity.text.strip() == own:
                    return int(block.get("FirstZ", "0"))
    return None


def _by_signed_numbers(files: Sequence[SliceFile]) -> tuple[list[SliceFile], list[float]] | None:
    """Order of files whose names are alike but for one number with its sign, and these; None where they are not."""
    stems = [file.path.stem for file in files]
    if len({(_SIGNED.sub("#", stem), file.path.suffix.lower()) for stem, file in zip(stems, files, strict=True)}) > 1:
        return None
    parts = [_SIGNED.findall(stem) for stem in stems]
    numbers = np.array(
        [
            [
                -float(number) if (mark + word)[:1].lower() in tuple("-mn") else float(number)
                for mark, word, number in one
            ]
            for one in parts
        ]
    )
    varying = [column for column in range(numbers.shape[1]) if len(set(numbers[:, column])) > 1]
    if len(varying) != 1:
        return None
    values = numbers[:, varying[0]]
    # Each number once, and on both sides of zero as far as there are signs.
    if len(set(values)) < len(values) or not (values < 0).any():
        return None
    order = np.argsort(values)
    return [files[at] for at in order], values[order].tolist()


def _sentences_on_names(names: list[str], folder: Path) -> list[str]:
    """What is said of the order of names that differ in their numbers; refuse numbers that vary in two places."""
    numbers = np.array([[int(digits) for digits in _DIGITS.findall(name)] for name in names], dtype=object)
    said = [f"slices in the natural order of their names, from {names[0]} to {names[-1]}"]
    varying = [column for column in range(numbers.shape[1]) if len(set(numbers[:, column])) > 1]
    counts = [len(set(numbers[:, column])) for column in varying]
    if len(varying) == 2 and counts[0] * counts[1] == len(names):
        raise InputError(
            f"The names of files in the folder {folder.name} have two numbers that vary ({counts[0]} × {counts[1]}) "
            f"as of channels or times (from {names[0]} to {names[-1]}); keep the slices of one volume in a folder."
        )
    if len(varying) == 1:
        said += _missing([float(number) for number in numbers[:, varying[0]]])
    return said


def missing_numbers(files: Sequence[Path], what: str) -> list[str]:
    """Say where frames are missing, where one whole number counts them in their names."""
    found = [_DIGITS.findall(file.stem) for file in files]
    if len(files) < 3 or len({len(one) for one in found}) > 1 or not found[0]:
        return []
    numbers = np.array([[int(digits) for digits in one] for one in found], dtype=object)
    varying = [column for column in range(numbers.shape[1]) if len(set(numbers[:, column])) > 1]
    if len(varying) != 1:
        return []
    steps = np.diff(numbers[:, varying[0]].astype(float))
    # A number that counts has one step nearly everywhere; others are angles or times.
    if (steps <= 0).any() or np.count_nonzero(steps != np.median(steps)) > max(1, len(steps) // 10):
        return []
    running = numbers[:, varying[0]].astype(float)
    # Times of the day, 095959 and 100000, leave none out.
    seconds = running // 10000 * 3600 + running // 100 % 100 * 60 + running % 100
    return [] if len(set(np.diff(seconds))) == 1 else _missing(running.tolist(), what)


def _missing(running: list[float], what: str = "slices") -> list[str]:
    """Say where slices are missing, by the numbers in their names in order."""
    steps = np.diff(running)
    usual = float(np.median(steps))
    # Decimals are no exact steps.
    gaps = [(running[n], running[n + 1]) for n in np.flatnonzero(steps > usual * 1.001)] if usual > 0 else []
    if not gaps:
        return []
    told = ", ".join(f"between {low:.15g} and {high:.15g}" for low, high in gaps[:3])
    more = f" and at {len(gaps) - 3} more places" if len(gaps) > 3 else ""
    taken = "taken as one stack" if what == "slices" else "taken in order"
    return [f"numbers are missing in the names of the {what} {told}{more}: the others are {taken}"]


def _sizes_text(sizes_um: Any) -> str:
    return " × ".join(f"{sizes_um[axis]:.6g}" for axis in "ZYX" if axis in sizes_um) + " µm" if sizes_um else "none"
