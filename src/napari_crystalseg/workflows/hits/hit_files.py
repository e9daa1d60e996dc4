"""Files of hits: lists as CrystFEL takes them, a table, and a record."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from ...io import save_json, write_text
from ...provenance import Provenance, package_version
from .find_hits import HitSearch
from .judged_image import JudgedImage


def write_hit_files(
    judged: Sequence[JudgedImage],
    search: HitSearch,
    *,
    hits: Path | None = None,
    misses: Path | None = None,
    table: Path | None = None,
    record: Path | None = None,
) -> None:
    """Write what was found of images.

    Parameters
    ----------
    judged : sequence of JudgedImage
        The images.
    search : HitSearch
        How they were judged, for the record.
    hits, misses : path, optional
        Lists of images, one a line, as CrystFEL takes them.
    table : path, optional
        A row for each image, CSV.
    record : path, optional
        All figures, the spots of each image too, and where they came from, JSON.
    """
    for path, wanted in ((hits, True), (misses, False)):
        if path is not None:
            write_text(path, "".join(f"{one.list_line}\n" for one in judged if one.hit.hit is wanted))
    if table is not None:
        write_text(table, hit_table(judged))
    if record is not None:
        save_json(hit_record(judged, search), record)


def hit_table(judged: Sequence[JudgedImage]) -> str:
    """Return the table as CSV text: a row for each image."""
    text = StringIO()
    rows = [one.to_dict() for one in judged]
    writer = csv.writer(text, lineterminator="\n")
    if rows:
        writer.writerow(rows[0])
    for row in rows:
        writer.writerow(["" if v is None else f"{v:.6g}" if isinstance(v, float) else v for v in row.values()])
    return text.getvalue()


def hit_record(judged: Sequence[JudgedImage], search: HitSearch) -> dict[str, Any]:
    """Return all that was found as JSON-ready values."""
    files = list(dict.fromkeys(one.path for one in judged))
    provenance = Provenance.of_file(files[0], *files[1:]).then(
        "hits",
        finder=search.finder,
        hit_rate=search.hit_rate,
        binned=search.binned,
        distance_mm=search.distance_mm,
        pixel_size_mm=search.pixel_size_mm,
        energy_kev=search.energy_kev,
        model_sha256=search.networks.sha256 if search.finder == "network" else None,
    )
    return {
        "software_version": package_version(),
        "images": [_image(one) for one in judged],
        "hits": sum(one.hit.hit for one in judged),
        "provenance": provenance.to_dict(),
    }


def _image(one: JudgedImage) -> dict[str, Any]:
    spots = one.hit.spots
    return {
        **one.to_dict(),
        "header_sentence": None if one.check is None else one.check.sentence,
        "spots_px": [[round(float(v), 3) for v in place] for place in spots.centroid_px],
        "intensities": [round(float(v), 3) for v in spots.intensity],
        "on_ice": [bool(v) for v in spots.on_ring],
    }
