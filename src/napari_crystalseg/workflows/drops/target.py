"""Where to dispense into the drops of images, or of outlines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ...drops.dispensing import LOWEST_SCORE, TargetGrid, dispensing_target
from ...drops.dispensing.dispensing_position import assumed_pixel_size_um, check_pixel_size
from ...drops.files import OutlinedImage, PositionsRow, chimp_positions_text
from ...drops.objects import DROP, DropObjects
from ...drops.plate import Well, plate_of
from ...errors import InputError
from ...io import check_input
from ...io.files.atomic import replacing_pair
from ...progress import Progress, silent
from ...provenance import Provenance
from ...texts.json_text import to_json
from ...texts.printable import encodable
from .class_table import read_classes
from .named_images import named_drop_images
from .outlined_inputs import holds_outlines, read_outlines
from .targeted_drop import TargetedDrop


@dataclass(frozen=True)
class TargetSearch:
    """How places to dispense at are looked for.

    Parameters
    ----------
    lowest_score : float
        Drops and crystals of less, 0 to 1, are not taken.
    pixel_size_um : float, optional
        Side of a pixel, µm, in place of what files say.
    grid_um : float, optional
        Spacing of the places that the dispenser can go to, µm, through the centre of the image; any pixel by default.
    empty_drop : {"farthest", "centroid"}
        Where in a drop without crystals.
    droplet_radius_um : float, optional
        Radius of what is dispensed, µm; where it does not fit, that is said.
    model : Path, optional
        Detector; the bundled one by default.
    recursive : bool
        Whether subfolders are looked into.
    classes : Path, optional
        Table of the classes of the images, to hold against the crystals that are outlined.

    Raises
    ------
    InputError
        A score outside 0 to 1, or a length that is not positive.
    """

    lowest_score: float = LOWEST_SCORE
    pixel_size_um: float | None = None
    grid_um: float | None = None
    empty_drop: str = "farthest"
    droplet_radius_um: float | None = None
    model: Path | None = None
    recursive: bool = False
    classes: Path | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.lowest_score <= 1:
            raise InputError(f"The lowest score lies between 0 and 1, not at {self.lowest_score}.")
        if self.pixel_size_um is not None:
            check_pixel_size(self.pixel_size_um)
        if self.grid_um is not None:
            TargetGrid(1.0, self.grid_um)
        if self.droplet_radius_um is not None and not 0 < self.droplet_radius_um < float("inf"):
            raise InputError(f"The radius of a droplet is a positive length in µm, not {self.droplet_radius_um}.")

    @property
    def parameters(self) -> dict[str, Any]:
        """What a record keeps of it."""
        return {
            "lowest_score": self.lowest_score,
            "pixel_size_um": self.pixel_size_um,
            "grid_um": self.grid_um,
            "empty_drop": self.empty_drop,
            "droplet_radius_um": self.droplet_radius_um,
        }


def target_drops(
    paths: Sequence[str | Path], search: TargetSearch | None = None, progress: Progress = silent
) -> Iterator[TargetedDrop]:
    """Say where to dispense into the drop of each image.

    Parameters
    ----------
    paths : sequence of path
        Outlines (a COCO data set, ``.npz`` masks of CHiMP's, a folder of those), which need no network; or images and
        folders of images, in which drops and crystals are found first.
    search : TargetSearch, optional
        How it is looked for.
    progress : Progress
        Told how far it is; raises to cancel.

    Yields
    ------
    TargetedDrop
        In the order given. An image that cannot be used has a problem, and does not end the run.

    Raises
    ------
    InputError
        A path that is none of these, outlines that cannot be used, or no detector.
    """
    search = TargetSearch() if search is None else search
    if not paths:
        raise InputError("Name images of drops, a folder of them, or outlines (COCO JSON or .npz).")
    outlined: list[OutlinedImage] = []
    images: dict[Path, None] = {}
    order: list[tuple[bool, int]] = []
    for path in map(Path, paths):
        check_input(path)
        if holds_outlines(path):
            read = read_outlines(path)
            order += [(True, len(outlined) + number) for number in range(len(read))]
            outlined += read
        else:
            listed = [one for one in named_drop_images([path], search.recursive)[0] if one not in images]
            order += [(False, len(images) + number) for number in range(len(listed))]
            images |= dict.fromkeys(listed)
    classes: dict[str, str] = {}
    if search.classes is not None:
        classes = read_classes(search.classes, [*(one.name for one in outlined), *map(str, images)])
    detected = _detected(list(images), search, progress) if images else iter(())
    for by_outline, number in order:
        if by_outline:
            image = outlined[number]
            found = _targeted(image.name, image.objects, image.pixel_size_um, image.assumed, search)
        else:
            found = next(detected)
        yield replace(found, drop_class=classes.get(found.name))


def _detected(images: Sequence[Path], search: TargetSearch, progress: Progress) -> Iterator[TargetedDrop]:
    from ...drops.detector.drop_detector import DropDetector
    from .detect import detect_drops

    detector = DropDetector() if search.model is None else DropDetector(search.model)
    if DROP not in detector.kinds:
        raise InputError(f"{detector.path.name} finds crystals alone; take a detector that finds drops, too.")
    for one in detect_drops(images, detector, progress, search.pixel_size_um):
        if one.objects is None:
            yield TargetedDrop(str(one.path), None, problem=one.problem)
        else:
            assumed = () if one.image is None else one.image.provenance.assumptions
            found = _targeted(str(one.path), one.objects, one.pixel_size_um, assumed, search)
            yield replace(found, model_sha256=detector.sha256)


def _targeted(
    name: str, objects: DropObjects, stated_um: float | None, assumed: tuple[str, ...], search: TargetSearch
) -> TargetedDrop:
    stated = search.pixel_size_um or stated_um
    size = assumed_pixel_size_um(objects.shape) if stated is None else stated
    notes = []
    grid = None
    if size is None:
        notes.append("nothing says how large a pixel is, so that there is no position in µm: give --pixel-size-um")
    elif stated is None:
        notes.append(f"a pixel is taken for {size:g} µm, as CHiMP takes it; nothing says so")
    if search.grid_um is not None and size is not None:
        grid = TargetGrid(size, search.grid_um)
    target = dispensing_target(objects, search.lowest_score, grid=grid, empty_drop=search.empty_drop)
    if target.position is not None and size is not None and search.droplet_radius_um is not None:
        warning = target.position.warning(size, search.droplet_radius_um)
        notes += [] if warning is None else [warning[0].lower() + warning[1:]]
    return TargetedDrop(
        name,
        objects.shape,
        target.position,
        target.reason,
        None if target.drop is None else target.drop.score,
        target.crystals,
        size,
        stated is None and size is not None,
        notes=tuple(notes),
        assumed=assumed,
    )


def wells_of(drops: Sequence[TargetedDrop]) -> dict[str, Well]:
    """Return the well of each image whose name says it, by the names of the images."""
    plate, _ = plate_of([one.name for one in drops])
    by_path = {path: well for well, paths in plate.images.items() for path in paths}
    return {one.name: by_path[Path(one.name)] for one in drops if Path(one.name) in by_path}


def target_record(
    drops: Sequence[TargetedDrop],
    paths: Sequence[str | Path],
    search: TargetSearch,
    left_out: Sequence[str] = (),
    stopped: bool = False,
) -> dict[str, Any]:
    """Return all that was found as JSON-ready values, and where it came from.

    Parameters
    ----------
    drops : sequence of TargetedDrop
        The images.
    paths : sequence of path
        What they were read from.
    search : TargetSearch
        How it was looked for.
    left_out : sequence of str
        What of folders was passed over, in sentences.
    stopped : bool
        Whether the run was ended before its last image.

    Returns
    -------
    dict
    """
    wells = wells_of(drops)
    model_sha256 = next((one.model_sha256 for one in drops if one.model_sha256), None)
    tables = () if search.classes is None else (search.classes,)
    provenance = Provenance.of_file(Path(paths[0]), *map(Path, paths[1:]), *tables).then(
        "target_drops", model_sha256=model_sha256, **search.parameters
    )
    return {
        "drops": [one.to_dict(wells.get(one.name)) for one in drops],
        "left_out": list(left_out),
        "stopped": stopped,
        "provenance": provenance.to_dict(),
    }


def record_of(table: Path) -> Path:
    """Where the record of a table lies: beside it, with the ending ``.json``."""
    return table.with_suffix(".json")


def write_targets(
    drops: Sequence[TargetedDrop],
    table: str | Path,
    paths: Sequence[str | Path],
    search: TargetSearch,
    left_out: Sequence[str] = (),
    stopped: bool = False,
) -> None:
    """Write where to dispense as CHiMP does for the Echo, ``Filepath,Coords,Crystals``, and the record beside it.

    Coordinates are µm from the image's centre. Images that could not be used are in the record alone; the cell is empty
    where there is no position in µm.

    Parameters
    ----------
    drops : sequence of TargetedDrop
        The images.
    table : path
        CSV file, replaced in one step with its record.
    paths, search, left_out, stopped
        As for :func:`target_record`.

    Raises
    ------
    InputError
        The place may not be written.
    """
    table = Path(table)
    rows = [PositionsRow(one.name, bool(one.crystals), (), one.offset_um) for one in drops if one.shape is not None]
    record = target_record(drops, paths, search, left_out, stopped)
    with replacing_pair(table, record_of(table)) as (first, second):
        first.write_bytes(encodable(chimp_positions_text(rows, echo=True)).encode("utf-8"))
        second.write_bytes((encodable(to_json(record, indent=1)) + "\n").encode("utf-8"))


def left_out_of(paths: Sequence[str | Path], recursive: bool = False) -> list[str]:
    """Return what of folders of images is passed over, in sentences.

    Raises
    ------
    InputError
        There is nothing of a name, or a folder holds no images.
    """
    images = [path for path in paths if not holds_outlines(path)]
    return named_drop_images(images, recursive)[1] if images else []
