"""Files beside a file that seem to be about it, such as headers and logs: told, as none of them is read."""

from __future__ import annotations

from pathlib import Path

from .contents import subfolders, tiff_files

_ENDINGS = (
    *(".json", ".xml", ".txt", ".log", ".info", ".ini", ".cfg", ".yaml", ".yml", ".hdr", ".nhdr", ".mhd", ".am"),
    *(".xtekct", ".xtekVolume", ".conf", ".par", ".dat", "_rec.log", ".vol.info", ".vol.xml"),
)
_SEEN = {"thumbs.db", "desktop.ini"}
_MOST = 4


def sidecars_said(path: Path) -> list[str]:
    """Say of the files of the same name with another ending, or of the other files of a folder of images, if any."""
    try:
        if path.is_dir():
            images = set(tiff_files(path))
            files = [one for one in path.iterdir() if one.is_file() and one not in images]
            found = sorted(one.name for one in files if not one.name.startswith(".") and one.name.lower() not in _SEEN)
            if images:
                found += [f"{one.name}/" for one in subfolders(path) if any(tiff_files(one))]
        else:
            # Asked for by name, since a folder may have very many files.
            names = [f"{stem}{ending}" for stem in (path.stem, path.name) for ending in _ENDINGS]
            found = [name for name in dict.fromkeys(names) if name != path.name and (path.parent / name).is_file()]
    except OSError:
        return []
    if not found:
        return []
    more = " and more" if len(found) > _MOST else ""
    where = "in the folder" if path.is_dir() else "beside the file"
    return [f"{', '.join(found[:_MOST])}{more} {where}: not used"]
