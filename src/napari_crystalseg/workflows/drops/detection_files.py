"""Files of what was found in micrographs: CHiMP's positions and masks, COCO JSON, and pictures."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...drops.contradiction import Contradiction, contradiction
from ...drops.crystal_points import MODES, crystal_points
from ...drops.detector.drop_detector import DropDetector
from ...drops.dispensing import dispensing_position
from ...drops.dispensing.dispensing_position import assumed_pixel_size_um
from ...drops.files import (
    OutlinedImage,
    PositionsRow,
    coco_dataset,
    write_chimp_detections,
    write_chimp_positions,
)
from ...drops.objects import CRYSTAL, DROP, DropObjects
from ...errors import InputError
from ...io import replacing, save_json
from ...provenance import Provenance
from .detect import DetectedDrop

POSITIONS, COCO, MASKS, PREVIEWS, RECORD = (
    "detector_positions.csv",
    "detections.json",
    "masks",
    "preview_images",
    "provenance.json",
)
# Bytes of a name: file systems take 255, of which endings, and a number where names are alike, need some.
_LONGEST_NAME = 230
AT_ONCE = 20
"""Images after which the files of all images are written again."""


@dataclass(frozen=True)
class DetectionForm:
    """What of the found objects is written, and how.

    Parameters
    ----------
    score : float
        Of 0 to 1: objects of less are found, but no points, masks or outlines of theirs are written.
    mode : {"single", "random", "regular"}
        Points on each crystal, see :func:`~napari_crystalseg.drops.crystal_points.crystal_points`.
    seed : int
        Of mode random.
    echo : bool
        Write where to dispense, µm from the image's centre, in place of points on crystals.
    masks, coco, preview : bool
        Write masks as ``.npz``, outlines as COCO JSON, and pictures.
    classes : mapping of str to str
        Classes of images, by their paths, to hold against the crystals that are outlined; those that are known.

    Raises
    ------
    InputError
        A score outside 0 to 1, or another mode.
    """

    score: float = 0.6
    mode: str = "single"
    seed: int = 0
    echo: bool = False
    masks: bool = False
    coco: bool = False
    preview: bool = False
    classes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 <= self.score <= 1:
            raise InputError(f"The score lies between 0 and 1, not at {self.score}.")
        if self.mode not in MODES:
            raise InputError(f"Points on crystals are {', '.join(MODES)}, not '{self.mode}'.")


def write_detections(
    found: Iterator[DetectedDrop], folder: Path, detector: DropDetector, form: DetectionForm
) -> Generator[tuple[DetectedDrop, str], None, None]:
    """Write what was found in micrographs as it comes, and hand it on.

    Masks and pictures of an image are written with its entry; the files of all images after every 20 and at the end,
    also where the work is ended before: each holds whole images, and of a run that was ended those that were done.

    Parameters
    ----------
    found : iterator of DetectedDrop
        As :func:`~napari_crystalseg.workflows.drops.detect.detect_drops` gives them.
    folder : path
        To write into: ``detector_positions.csv`` and ``provenance.json``, and as asked for ``detections.json``, and the
        folders ``masks`` and ``preview_images`` with a file for each image, named as it.
    detector : DropDetector
        That found them.
    form : DetectionForm
        What is written.

    Yields
    ------
    one : DetectedDrop
        The entry.
    note : str
        What is to be said of it besides, a clause; often empty.

    Raises
    ------
    InputError
        Positions for the Echo of a detector that does not find drops.
    """
    if form.echo and DROP not in detector.kinds:
        raise InputError(
            f"{detector.path.name} finds crystals alone; for positions of the Echo take a detector that finds drops."
        )
    tables = _Tables(folder, detector, form)
    names = _Names()
    try:
        for number, one in enumerate(found, 1):
            note = "" if one.objects is None else _written(one, one.objects, folder, names.of(one.path), form, tables)
            if one.problem:
                tables.problems[str(one.path)] = one.problem
            elif (doubt := _contradiction(one, form)) is not None:
                note = "; ".join(filter(None, [note, doubt.text]))
                tables.to_look_at[str(one.path)] = doubt.text
            yield one, note
            if number % AT_ONCE == 0:
                tables.write()
    finally:
        tables.write()


def _contradiction(one: DetectedDrop, form: DetectionForm) -> Contradiction | None:
    crystals = None if one.objects is None else len(one.objects.of_kind(CRYSTAL, form.score))
    return contradiction(form.classes.get(str(one.path)), crystals)


def _written(
    one: DetectedDrop, objects: DropObjects, folder: Path, name: str, form: DetectionForm, tables: _Tables
) -> str:
    """Write the files of one image, add it to the tables, and return what is to be said."""
    kept = DropObjects(objects.shape, tuple(each for each in objects.objects if each.score >= form.score))
    points = [place for of_one in crystal_points(kept, form.mode, form.score, form.seed) for place in of_one]
    note, offset, target = "", None, None
    if form.echo or form.preview:
        # In an empty drop CHiMP dispenses at its centroid.
        target = dispensing_position(kept, form.score, empty_drop="centroid")
    if form.echo:
        stated = one.pixel_size_um
        size = assumed_pixel_size_um(objects.shape) if stated is None else stated
        if target is None:
            note = "no drop to dispense into"
        elif size is None:
            note = "no position in µm, as nothing says how large a pixel is: give --pixel-size-um"
        else:
            offset = target.offset_um(objects.shape, size)
            if stated is None:
                note = f"a pixel is taken for {size:g} µm, as CHiMP takes it"
    tables.rows.append(PositionsRow(str(one.path), bool(points), tuple(points), offset))
    if form.coco:
        tables.add_outlines(OutlinedImage(one.path.as_posix(), kept, pixel_size_um=one.pixel_size_um))
    if form.masks:
        write_chimp_detections(objects, folder / MASKS / f"{name}.npz", str(one.path), form.score)
    if form.preview and one.image is not None:
        from ...pictures.drop_preview import drop_preview_png

        with replacing(folder / PREVIEWS / f"{name}_preview.png") as place:
            place.write_bytes(drop_preview_png(one.image, kept, points, None if target is None else target.place_px))
    return note


@dataclass
class _Tables:
    """Files of all images: what goes into them is small, masks being packed as runs."""

    folder: Path
    detector: DropDetector
    form: DetectionForm
    rows: list[PositionsRow] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    to_look_at: dict[str, str] = field(default_factory=dict)
    images: list[dict[str, Any]] = field(default_factory=list)
    annotations: list[dict[str, Any]] = field(default_factory=list)

    def add_outlines(self, image: OutlinedImage) -> None:
        """Add one image to the COCO data set."""
        alone = coco_dataset([image])
        number = len(self.images) + 1
        self.images += [{**one, "id": number} for one in alone["images"]]
        for one in alone["annotations"]:
            self.annotations.append({**one, "id": len(self.annotations) + 1, "image_id": number})

    def write(self) -> None:
        """Write them, each replaced in one step."""
        form = self.form
        provenance = Provenance(seed=form.seed).then(
            "drops detect",
            model_sha256=self.detector.sha256,
            model=self.detector.path.name,
            **{name: getattr(form, name) for name in ("score", "mode", "echo")},
            images=len(self.rows),
            not_used=dict(self.problems),
            **({"to_look_at": dict(self.to_look_at)} if form.classes else {}),
        )
        write_chimp_positions(self.rows, self.folder / POSITIONS, form.echo)
        save_json(provenance.to_dict(), self.folder / RECORD)
        if form.coco:
            whole = {**coco_dataset([], provenance), "images": self.images, "annotations": self.annotations}
            save_json(whole, self.folder / COCO)


class _Names:
    """Names of files for images: as theirs, with a number where another image of that name was there before."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, path: Path) -> str:
        """Return the name for an image, without suffix."""
        stem = path.stem
        while len(os.fsencode(stem)) > _LONGEST_NAME:
            stem = stem[:-1]
        number, name = 1, stem
        while name.lower() in self._taken:
            number += 1
            name = f"{stem}_{number}"
        self._taken.add(name.lower())
        return name
