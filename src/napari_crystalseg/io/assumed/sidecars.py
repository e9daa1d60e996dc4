"""Files beside a file that seem to be about it, such as headers and logs: told, as none of them is read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

_ENDINGS = (
    *(".json", ".xml", ".txt", ".log", ".info", ".ini", ".cfg", ".yaml", ".yml", ".hdr", ".nhdr", ".mhd", ".am"),
    *(".xtekct", ".xtekVolume", ".conf", ".par", ".dat", "_rec.log", ".vol.info", ".vol.xml"),
)
_MOST = 4


def files_beside(path: Path) -> list[str]:
    """Names of the files of the same name with another ending that usually tell of a file."""
    # Asked for by name, since a folder may have very many files.
    names = [f"{stem}{ending}" for stem in (path.stem, path.name) for ending in _ENDINGS]
    try:
        return [name for name in dict.fromkeys(names) if name != path.name and (path.parent / name).is_file()]
    except OSError:
        return []


def sentences_on_sidecars(path: Path, found: Sequence[str]) -> list[str]:
    """Say of the files that were found beside a file, or in a folder beside its images, that they are not used."""
    if not found:
        return []
    more = " and more" if len(found) > _MOST else ""
    where = "in the folder" if path.is_dir() else "beside the file"
    return [f"{', '.join(found[:_MOST])}{more} {where}: not used"]
