"""DropList: the micrographs that are open, in the order of the folder, with their wells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...drops.review import DropReviews
from ...errors import InputError
from ...progress import Progress
from ..tasks.found_drop import FoundDrop
from .drop_entry import DropEntry


@dataclass(frozen=True, eq=False)
class DropList:
    """What was opened.

    Parameters
    ----------
    title : str
        Name of the folder, or of the files.
    entries : list of DropEntry
        The micrographs.
    shape : (int, int, int)
        Rows, columns and subwells of the plate; zeros where no name tells a well.
    left_out : tuple of str
        What in the folder was passed over, and what was assumed of wells.
    """

    title: str
    entries: list[DropEntry]
    shape: tuple[int, int, int] = (0, 0, 0)
    left_out: tuple[str, ...] = ()


def list_drops(paths: Sequence[Path]) -> DropList:
    """Find the micrographs in folders, and take files as they are; one that is broken is told of when it is opened.

    Raises
    ------
    InputError
        There is no image.
    """
    from ...io.drop_images import is_drop_image, look_into

    files: list[Path] = []
    left_out: list[str] = []
    for path in paths:
        if path.is_dir():
            try:
                found = look_into(path)
            except InputError:
                # Images may lie in a folder for each well.
                found = look_into(path, recursive=True)
            files += found.images
            left_out += found.left_out
        elif len(paths) == 1 and path.exists() and not is_drop_image(path) and path.stat().st_size:
            raise InputError(f"{path.name} is no image; choose JPEG, PNG, TIFF or BMP files, or a folder of them.")
        else:
            files.append(path)
    files = list(dict.fromkeys(files))
    if not files:
        raise InputError("There are no images; choose a folder of micrographs, or the files.")
    title = paths[0].name or str(paths[0])
    if len(paths) > 1:
        title = f"{title} and {len(paths) - 1} more"
    return _on_plate(title, files, left_out)


def _on_plate(title: str, files: list[Path], left_out: list[str]) -> DropList:
    """Wells in their order, and then what is on none of them."""
    from ...drops.plate import plate_of

    plate, _ = plate_of(files)
    wells = {plate.shown(well): well for well in plate.images}
    entries = [
        DropEntry(path, well.name, (well.row - 1, well.column - 1, plate.subwells.index(well.subwell)))
        for path, well in wells.items()
        if path is not None
    ]
    entries += [DropEntry(file, file.name) for file in files if file not in wells]
    shape = (plate.rows, plate.columns, len(plate.subwells)) if wells else (0, 0, 0)
    said = [*left_out, *plate.statements]
    return DropList(title, entries, shape, tuple(dict.fromkeys(said)))


def read_reviews(entries: Sequence[DropEntry], reviews: DropReviews, progress: Progress) -> int:
    """Take what the newest reviews say of micrographs; return how many cannot be read."""
    damaged = 0
    for number, entry in enumerate(entries):
        progress(number / len(entries), "Reading reviews")
        try:
            review = reviews.newest(entry.path)
        except InputError:
            damaged += 1
            continue
        if review is not None:
            entry.keep_review(review)
    return damaged


def found_without_review(
    entries: Sequence[DropEntry], lowest_score: float, pixel_size_um: float | None
) -> dict[str, FoundDrop]:
    """Return what networks said of micrographs, by file.

    Parameters
    ----------
    entries : sequence of DropEntry
        The micrographs.
    lowest_score : float
        Score, 0 to 1, from which on detections count.
    pixel_size_um : float or None
        Side of a pixel that a person typed, µm, in place of what files state.
    """
    return {
        str(entry.path): FoundDrop(entry.packed, lowest_score, entry.likely_class, pixel_size_um or entry.pixel_size_um)
        for entry in entries
        if entry.packed is not None or entry.likely_class is not None
    }


def summary(title: str, entries: Sequence[DropEntry]) -> str:
    """How many micrographs there are, how many are accepted, cannot be read, or need a look."""
    said = [f"{title}: {len(entries)} images", f"{sum(one.accepted for one in entries)} accepted"]
    if broken := sum(bool(one.problem) for one in entries):
        said.append(f"{broken} cannot be read")
    if warned := sum(bool(one.warning) for one in entries):
        said.append(f"{warned} to look at")
    return ", ".join(said)
