"""Simulate drops into a folder: micrographs, their classes, and outlines as CHiMP and COCO have them."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from ...drops.classes import DROP_CLASSES
from ...drops.files import OutlinedImage, write_chimp_masks, write_coco
from ...errors import InputError
from ...io import check_folder_of_results, save_json, write_text
from ...io.drop_images import save_drop_image
from ...io.files.atomic import replacing_folder
from ...progress import Progress, silent
from ...provenance import Provenance
from ...simulation.drops import DropConditions, class_of_example, simulated_drop

RECORD, TRUTH, OUTLINES, IMAGES, MASKS = "drops.json", "truth.csv", "coco.json", "images", "masks"
FORMATS = ("png", "jpg", "tiff")
MOST = 1_000_000


@dataclass(frozen=True)
class SimulatedDrops:
    """What was simulated and written.

    Parameters
    ----------
    folder : Path
        Where.
    paths : tuple of Path
        The micrographs, in their order.
    classes : tuple of str
        Class of each.
    outlined_drops, outlined_crystals : int
        Number of outlines.
    """

    folder: Path
    paths: tuple[Path, ...]
    classes: tuple[str, ...]
    outlined_drops: int
    outlined_crystals: int


def simulate_drops(
    folder: str | Path,
    number: int,
    seed: int,
    *,
    conditions: DropConditions | None = None,
    drop_class: str | None = None,
    form: str = "png",
    progress: Progress = silent,
) -> SimulatedDrops:
    """Simulate drops and write them.

    The folder holds ``images``, ``masks`` (of each image an ``.npz`` as CHiMP is trained with), ``truth.csv`` (path,
    class, side of a pixel in µm), ``coco.json`` with all outlines, and ``drops.json`` with what they were drawn from.

    Parameters
    ----------
    folder : path
        Folder to write, whole or not at all; one that this wrote before is replaced.
    number : int
        Number of drops.
    seed : int
        The same seed gives the same bytes.
    conditions : DropConditions, optional
        What is drawn from, and the size of the images. Its shares of the classes are not used.
    drop_class : str, optional
        Class of all of them; by default each class has its turn.
    form : {"png", "jpg", "tiff"}
        Format of the images.
    progress : Progress
        Told how far it is; raises to cancel.

    Returns
    -------
    SimulatedDrops

    Raises
    ------
    InputError
        No drops, or too many; another class or format; a negative seed; or a place that is taken.
    """
    conditions = DropConditions() if conditions is None else conditions
    if form not in FORMATS:
        raise InputError(f"Micrographs are written as {', '.join(FORMATS)}, not as '{form}'.")
    if not 1 <= number <= MOST:
        raise InputError(f"Between 1 and {MOST} drops are simulated at a time, not {number}.")
    if drop_class is not None and drop_class not in DROP_CLASSES:
        raise InputError(f"A drop is {', '.join(DROP_CLASSES)}, not '{drop_class}'.")
    out = Path(folder)
    check_folder_of_results(out, [])
    paths: list[Path] = []
    classes: list[str] = []
    outlined: list[OutlinedImage] = []
    provenance = Provenance(seed=seed).then(
        "simulate_drops", number=number, drop_class=drop_class, format=form, conditions=conditions.to_dict()
    )
    with replacing_folder(out, _is_ours) as partial:
        partial.mkdir()
        for one in range(number):
            made = simulated_drop(seed, one, conditions, drop_class or class_of_example(one))
            name = f"drop_{one:06d}"
            file = Path(IMAGES) / f"{name}.{form}"
            save_drop_image(made.image, partial / file)
            write_chimp_masks(
                made.objects,
                partial / MASKS / f"{name}.npz",
                pixel_size_um=made.image.pixel_size_um,
                provenance=made.image.provenance,
            )
            paths.append(file)
            classes.append(made.drop_class)
            outlined.append(OutlinedImage(file.name, made.objects, pixel_size_um=made.image.pixel_size_um))
            progress((one + 1) / number, f"drop {one + 1} of {number}")
        write_coco(outlined, partial / OUTLINES, provenance=provenance)
        write_text(partial / TRUTH, _table(paths, classes, outlined))
        counts = {name: count for name, count in sorted(Counter(classes).items())}
        save_json({"classes": counts, "provenance": provenance.to_dict()}, partial / RECORD)
    kinds = Counter(one.kind for image in outlined for one in image.objects.objects)
    return SimulatedDrops(out, tuple(out / path for path in paths), tuple(classes), kinds["drop"], kinds["crystal"])


def _table(paths: list[Path], classes: list[str], outlined: list[OutlinedImage]) -> str:
    text = StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("path", "class", "pixel_size_um"))
    for path, drop_class, image in zip(paths, classes, outlined, strict=True):
        rows.writerow((path.as_posix(), drop_class, f"{image.pixel_size_um:.6g}"))
    return text.getvalue()


def _is_ours(folder: Path) -> bool:
    """Whether a folder is one that this wrote, with nothing else in it."""
    files = [file.relative_to(folder).as_posix() for file in folder.rglob("*") if not file.is_dir()]
    known = re.compile(r"images/drop_\d{6,}\.(png|jpg|tiff)|masks/drop_\d{6,}\.npz|truth\.csv|(coco|drops)\.json")
    return not files or (RECORD in files and all(known.fullmatch(name) for name in files))
