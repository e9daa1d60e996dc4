"""DropReviews: the files of reviews of many micrographs, each written once."""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ...errors import InputError
from ...io.files.disk_errors import explaining_disk_errors
from ...io.files.unfinished import fitting_name, unfinished
from ...samples import sample_data_folder
from ...texts.json_text import to_json
from .drop_review import DropReview
from .review_file import read_review, review_to_dict

FOLDER = "drop-reviews"
"""Folder beside the micrographs that holds their reviews."""

_ENDING = re.compile(r"\.review-(\d+)\.json")
_ENDING_BYTES = len(".review-1000000.json")


class DropReviews:
    """Reviews beside the micrographs, or with the user's own files where nothing may be written there.

    A review that is saved again gets another number; no file is ever replaced or removed. The newest counts.

    Parameters
    ----------
    folder : Path, optional
        Folder to keep them in, whatever the micrographs lie in.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder

    def homes_of(self, image: Path) -> list[Path]:
        """Return the folders in which reviews of a micrograph are looked for, that to write to first."""
        beside = image.absolute().parent / FOLDER
        # The sample data belong to the package, which an upgrade replaces.
        ours = sample_data_folder().resolve() in image.resolve().parents
        writable = not ours and _may_be_written(beside)
        homes = [beside, _own()] if writable else [_own(), beside]
        return [self.folder, *homes] if self.folder is not None else homes

    def newest(self, image: Path) -> DropReview | None:
        """Return the newest review of a micrograph, None where there is none.

        Raises
        ------
        InputError
            It is damaged, or of a later version; an earlier one may be read by :func:`read_review`.
        """
        files = self.files_of(image)
        return read_review(files[-1]) if files else None

    def files_of(self, image: Path) -> list[Path]:
        """Return the files of all reviews of a micrograph, the newest last."""
        # By number within a folder, as copies get new times; by time between folders.
        found = []
        for home in dict.fromkeys(self.homes_of(image)):
            files = [file for _, file in self._numbered(home, image)]
            with suppress(OSError):
                found.append((max((file.stat().st_mtime_ns for file in files), default=0), files))
        return [file for _, files in sorted(found, key=lambda one: one[0]) for file in files]

    def save(self, image: Path, review: DropReview) -> Path:
        """Write a review beside those that are there; one that says the same as the newest is not written again.

        Returns
        -------
        Path
            Its file.

        Raises
        ------
        InputError
            The place may not be written, or the disk is full.
        """
        files = self.files_of(image)
        if files and _says_the_same(files[-1], review):
            return files[-1]
        home = self.homes_of(image)[0]
        text = to_json(review_to_dict(review), indent=None) + "\n"
        with explaining_disk_errors(home):
            home.mkdir(parents=True, exist_ok=True)
            number = max((number for number, _ in self._numbered(home, image)), default=0) + 1
            while True:
                place = home / f"{self._stem(home, image)}.review-{number}.json"
                if _written_once(place, text):
                    return place
                number += 1

    def _numbered(self, home: Path, image: Path) -> list[tuple[int, Path]]:
        stem = self._stem(home, image)
        try:
            names = [name for name in os.listdir(home) if name.startswith(stem)]
        except OSError:
            return []
        matches = ((_ENDING.fullmatch(name[len(stem) :]), name) for name in names)
        return sorted((int(match[1]), home / name) for match, name in matches if match)

    def _stem(self, home: Path, image: Path) -> str:
        if home == image.absolute().parent / FOLDER:
            return fitting_name(image.name, "", _ENDING_BYTES)
        # Files of the same name in different folders are different drops.
        token = hashlib.sha256(os.fsencode(image.absolute())).hexdigest()[:8]
        return fitting_name(image.name, f"-{token}", _ENDING_BYTES)


def _says_the_same(file: Path, review: DropReview) -> bool:
    try:
        before = read_review(file)
    except InputError:
        return False
    return review_to_dict(replace(before, saved_at="")) == review_to_dict(replace(review, saved_at=""))


def _written_once(place: Path, text: str) -> bool:
    """Write a whole file where there is none; False where another came first."""
    partial = unfinished(place)
    try:
        partial.write_text(text, encoding="utf-8")
        try:
            os.link(partial, place)
        except FileExistsError:
            return False
        except OSError:  # a file system without hard links
            if place.exists():
                return False
            os.replace(partial, place)
        return True
    finally:
        partial.unlink(missing_ok=True)


def _may_be_written(folder: Path) -> bool:
    nearest = folder if folder.is_dir() else folder.parent
    return os.access(nearest, os.W_OK | os.X_OK)


def _own() -> Path:
    import platformdirs

    return Path(platformdirs.user_data_path("napari-crystalseg")) / FOLDER
