"""Write what was found or accepted of many micrographs in the forms that other programs take."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ...drops.contradiction import contradiction
from ...drops.objects import CRYSTAL
from ...drops.review.place_check import place_warning
from ...errors import InputError
from ...io import save_json
from ...io.files.atomic import check_place, write_text
from ...progress import Progress, silent
from ...provenance import Provenance
from ...texts.printable import printable

if TYPE_CHECKING:
    from ...drops.files.chimp.positions import PositionsRow
    from ...drops.objects import DropObjects

FORMS = {
    "positions": "where to dispense in µm and crystals in pixels, CHiMP's CSV (echo.csv, crystals.csv)",
    "classes": "class of each image (classes.csv)",
    "coco": "outlines, COCO JSON (outlines.json)",
    "masks": "masks, CHiMP's .npz (masks/)",
}
"""What can be written, and its files in the folder."""


@dataclass(frozen=True, eq=False)
class ExportedDrop:
    """What is written of one micrograph.

    Parameters
    ----------
    path : Path
        Its file.
    objects : DropObjects or None
        Drops and crystals; None where nothing was looked for.
    place_px : (float, float) or None
        Row and column of the dispensing point.
    drop_class : str or None
        Its class.
    pixel_size_um : float or None
        Side of a pixel, µm; None where nobody knows, and positions in µm stay empty.
    pixel_size_assumed : bool
        Whether it is that of CHiMP's images, and nobody stated it.
    accepted : bool
        Whether a person accepted it; else it is as it was found.
    provenance : Provenance
        Its file, and what was done.
    """

    path: Path
    objects: DropObjects | None = None
    place_px: tuple[float, float] | None = None
    drop_class: str | None = None
    pixel_size_um: float | None = None
    pixel_size_assumed: bool = False
    accepted: bool = False
    provenance: Provenance = field(default_factory=Provenance)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What should be looked at before it is dispensed into, in clauses without a full stop."""
        if self.objects is None:
            return ()
        found = []
        if self.place_px is not None and (warning := place_warning(self.objects, self.place_px)):
            found.append(f"{warning[0].lower()}{warning[1:-1]}")
        if (odd := contradiction(self.drop_class, len(self.objects.of_kind(CRYSTAL)))) is not None:
            found.append(odd.text)
        return tuple(found)


def doubts_of(drops: Sequence[ExportedDrop]) -> dict[str, tuple[str, ...]]:
    """Return the names of micrographs that should be looked at, by what is doubtful of them."""
    found: dict[str, tuple[str, ...]] = {}
    for name, drop in zip(_names([drop.path for drop in drops]), drops, strict=True):
        for doubt in drop.doubts:
            found[doubt] = (*found.get(doubt, ()), name)
    return found


def export_drops(
    drops: Sequence[ExportedDrop],
    folder: Path,
    forms: Sequence[str] = tuple(FORMS),
    progress: Progress = silent,
    left_out: Mapping[str, Sequence[str]] | None = None,
) -> list[Path]:
    """Write files into a folder; none that is there is replaced.

    Parameters
    ----------
    drops : sequence of ExportedDrop
        The micrographs, in order.
    folder : Path
        Where to; made when it is missing.
    forms : sequence of str
        Of :data:`FORMS`.
    progress : Progress
        Told how far it is.
    left_out : mapping of str to sequence of str, optional
        Names of micrographs that are not among them, by the reason, for the record.

    Returns
    -------
    list of Path
        What was written; ``export.json`` says of it where it came from.

    Raises
    ------
    InputError
        There is nothing to write, a form is unknown, a file is there already, or the place may not be written.
    """
    from ...drops.files.chimp.masks import write_chimp_masks
    from ...drops.files.chimp.positions import write_chimp_positions
    from ...drops.files.coco.dataset import write_coco
    from ...drops.files.outlined_image import OutlinedImage

    if not drops:
        raise InputError("There is nothing to export: accept some drops first, or export all.")
    if unknown := [form for form in forms if form not in FORMS]:
        raise InputError(f"Drops are exported as {', '.join(FORMS)}, not as '{unknown[0]}'.")
    folder = Path(folder)
    names = _names([drop.path for drop in drops])
    outlined = [(name, drop) for name, drop in zip(names, drops, strict=True) if drop.objects is not None]
    masks = dict(zip((name for name, _ in outlined), _mask_files(folder, [name for name, _ in outlined]), strict=True))
    places = {
        "positions": [folder / "echo.csv", folder / "crystals.csv"],
        "classes": [folder / "classes.csv"],
        "coco": [folder / "outlines.json"],
        "masks": list(masks.values()),
    }
    written = [place for form in FORMS if form in forms for place in places[form]]
    record = folder / "export.json"
    for place in (*written, record):
        check_place(place)
        if os.path.lexists(place):
            raise InputError(f"{place} is there already, and is not replaced; choose another folder.")
    provenance = _provenance(drops, forms, left_out or {})
    try:
        if "positions" in forms:
            progress(0.05, "Writing positions")
            for echo, place in zip((True, False), places["positions"], strict=True):
                write_chimp_positions([_row(drop, echo) for _, drop in outlined], place, echo)
        if "classes" in forms:
            write_text(places["classes"][0], _classes(drops))
        if "coco" in forms:
            progress(0.1, "Writing outlines")
            images = [
                OutlinedImage(name, drop.objects, pixel_size_um=None if drop.pixel_size_assumed else drop.pixel_size_um)
                for name, drop in outlined
                if drop.objects is not None
            ]
            write_coco(images, places["coco"][0], provenance)
        if "masks" in forms:
            for number, (name, drop) in enumerate(outlined):
                progress(0.2 + 0.8 * number / len(outlined), f"Writing masks {number + 1} of {len(outlined)}")
                size = None if drop.pixel_size_assumed else drop.pixel_size_um
                assert drop.objects is not None
                write_chimp_masks(drop.objects, masks[name], pixel_size_um=size, provenance=drop.provenance)
        save_json(provenance.to_dict(), record)
    except BaseException:
        # Cancelled, or the disk is full: what is half there would be taken for all, and refused the next time.
        for place in (*written, record):
            with suppress(OSError):
                place.unlink(missing_ok=True)
        raise
    progress(1.0, "Done")
    return [*written, record]


def _row(drop: ExportedDrop, echo: bool) -> PositionsRow:
    from ...drops.dispensing import DispensingPosition
    from ...drops.files.chimp.positions import PositionsRow

    assert drop.objects is not None
    offset = None
    if echo and drop.place_px is not None and drop.pixel_size_um is not None:
        offset = DispensingPosition(drop.place_px, 1.0).offset_um(drop.objects.shape, drop.pixel_size_um)
    return PositionsRow.of_objects(str(drop.path), drop.objects, 0.0, offset)


def _classes(drops: Sequence[ExportedDrop]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("path", "class"))
    for drop in drops:
        if drop.drop_class is not None:
            writer.writerow((printable(str(drop.path)), drop.drop_class))
    return text.getvalue()


def _provenance(
    drops: Sequence[ExportedDrop], forms: Sequence[str], left_out: Mapping[str, Sequence[str]]
) -> Provenance:
    inputs: dict[str, str] = {}
    for drop in drops:
        for name, digest in drop.provenance.inputs.items():
            inputs.setdefault(name, digest)
    assumed = sorted({drop.pixel_size_um for drop in drops if drop.pixel_size_assumed and drop.pixel_size_um})
    return Provenance(
        inputs,
        (
            {
                "step": "export drops",
                "forms": list(forms),
                "images": len(drops),
                "accepted": sum(drop.accepted for drop in drops),
                "pixel_size_assumed_um": assumed,
                "pixel_size_not_known": sum(drop.pixel_size_um is None and drop.place_px is not None for drop in drops),
                "left_out": {reason: list(names) for reason, names in left_out.items()},
                "to_look_at": {doubt: list(names) for doubt, names in doubts_of(drops).items()},
            },
        ),
    )


def _names(paths: Sequence[Path]) -> list[str]:
    """Names that tell files apart: without the folders that they share."""
    if len({path.name for path in paths}) == len(paths):
        return [path.name for path in paths]
    whole = [path.absolute() for path in paths]
    common = Path(os.path.commonpath([path.parent for path in whole]))
    return [path.relative_to(common).as_posix() for path in whole]


def _mask_files(folder: Path, names: Sequence[str]) -> list[Path]:
    """Names of masks: those of the images, as CHiMP pairs them, with the suffix too where two would be the same."""
    flat = [name.replace("/", "_") for name in names]
    stems = [Path(name).stem for name in flat]
    chosen = stems if len(set(stems)) == len(stems) else flat
    return [folder / "masks" / f"{one}.npz" for one in chosen]
