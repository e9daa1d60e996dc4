"""Absorption map as files: summary, directions and picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..io import replacing, save_json, write_text, writing_into

if TYPE_CHECKING:
    from ..absorption import AbsorptionMap

FILES = ("absorption_map.json", "absorption_map.csv", "absorption_map.png")
"""Summary with the harmonics, every direction, picture."""


def save_absorption_map(found: AbsorptionMap, folder: str | Path) -> list[Path]:
    """Write an absorption map into a folder, as the files of ``FILES``; those of the user are kept under other names.

    Returns
    -------
    list of Path
        The files.
    """
    from ..pictures.absorption_map import absorption_map_png

    summary, table, picture = (Path(folder) / name for name in FILES)
    with writing_into(folder):
        save_json(found.to_dict(), summary)
        write_text(table, found.to_csv())
        with replacing(picture) as partial:
            partial.write_bytes(absorption_map_png(found))
    return [summary, table, picture]
