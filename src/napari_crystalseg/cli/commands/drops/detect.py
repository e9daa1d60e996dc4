"""crystalseg drops detect"""

from __future__ import annotations

from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ....errors import Cancelled, InputError
from ....texts.printable import printable
from ...console import print_kept_files, tell_assumed, tell_statements
from ...stopping import stoppable_progress


class Mode(StrEnum):
    """Points on each crystal."""

    SINGLE = "single"
    RANDOM = "random"
    REGULAR = "regular"


def command(
    paths: Annotated[list[Path], typer.Argument(metavar="IMAGES...", help="Micrographs, or folders of them.")],
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Folder to write.")] = Path("detector_output"),
    model: Annotated[
        Path | None,
        typer.Option("--model", help="Folder of a detector, or file of CHiMP's weights; the bundled one by default."),
    ] = None,
    score: Annotated[float, typer.Option("--score", min=0, max=1, help="Objects of less are not taken.")] = 0.6,
    mode: Annotated[
        Mode, typer.Option("--mode", help="Points on each crystal: its centroid, some at random, or a grid.")
    ] = Mode.SINGLE,
    echo: Annotated[
        bool, typer.Option("--echo", help="Write where to dispense, µm from the image's centre, in place of points.")
    ] = False,
    masks: Annotated[bool, typer.Option("--masks", help="Also write masks: masks/NAME.npz.")] = False,
    preview: Annotated[bool, typer.Option("--preview", help="Also write pictures: preview_images.")] = False,
    coco: Annotated[bool, typer.Option("--json", help="Also write outlines as COCO: detections.json.")] = False,
    recursive: Annotated[bool, typer.Option("--recursive", help="Look into subfolders, too.")] = False,
    pixel_size_um: Annotated[
        float | None, typer.Option("--pixel-size-um", help="Side of a pixel at the drop, in place of the file's, µm.")
    ] = None,
    classes: Annotated[
        Path | None,
        typer.Option("--classes", metavar="CLASSES.csv", help="Table of drops classify, held against the outlines."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the points at random.")] = 0,
) -> None:
    """Outline drops and crystals in micrographs, and write positions as CHiMP does: detector_positions.csv."""
    from ....drops.contradiction import MISSED, missed_in
    from ....drops.detector.drop_detector import DropDetector
    from ....drops.dispensing.dispensing_position import check_pixel_size
    from ....io import check_folder_of_results, writing_into
    from ....workflows.drops.class_table import read_classes
    from ....workflows.drops.detect import detect_drops
    from ....workflows.drops.detection_files import DetectionForm, write_detections
    from ....workflows.drops.named_images import named_drop_images

    listed, left_out = named_drop_images(paths, recursive)
    known = {} if classes is None else read_classes(classes, [str(path) for path in listed])
    form = DetectionForm(score, mode.value, seed, echo, masks, coco, preview, known)
    detector = DropDetector() if model is None else DropDetector(model)
    if pixel_size_um is not None:
        check_pixel_size(pixel_size_um)
    check_folder_of_results(out, [*paths, detector.path, classes])
    tell_statements(left_out)
    problems: list[str] = []
    missed: list[str] = []
    assumed: dict[str, None] = {}
    stopped = False
    with writing_into(out) as output, stoppable_progress() as progress:
        found = detect_drops(listed, detector, progress, pixel_size_um)
        with closing(write_detections(found, out, detector, form)) as written:
            try:
                for one, note in written:
                    if one.objects is None:
                        problems.append(one.problem)
                        typer.echo(printable(f"{one.path}: {one.problem}"), err=True)
                        continue
                    if MISSED.text in note:
                        missed.append(str(one.path))
                    if one.image is not None:
                        assumed.update(dict.fromkeys(one.image.provenance.assumptions))
                    said = [_counted(len(one.objects.of_kind(kind, score)), kind) for kind in detector.kinds]
                    print(printable(f"{one.path}: {', '.join(said)}" + (f"; {note}" if note else "")), flush=True)
            except Cancelled:
                stopped = True
    tell_assumed(assumed)
    tell_statements(missed_in(missed, len(listed)))
    print_kept_files(output)
    print(f"written: {out}")
    if stopped:
        # What the command line makes of an interrupt; what was done is written.
        raise KeyboardInterrupt
    if problems:
        raise InputError(f"{len(problems)} of {len(listed)} images could not be used; the first: {problems[0]}")


def _counted(number: int, kind: str) -> str:
    return f"{number} {kind}" + ("" if number == 1 else "s")
