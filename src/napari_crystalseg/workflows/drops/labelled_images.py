"""LabelledImages: micrographs with their classes, as a table of a person says."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...drops.classes import CLASS_OF_LABEL, DROP_CLASSES
from ...errors import InputError, one_line
from ...io import check_input
from ...io.drop_images import open_drop_image
from ...provenance import hash_file

_HEADS = ("path", "paths", "file", "filename", "filepath", "image", "image_path", "image_id", "name")


@dataclass(frozen=True)
class LabelledImages:
    """Images of files with their classes.

    Parameters
    ----------
    paths : tuple of Path
        Files.
    classes : tuple of str
        Class of each.
    origin : str
        Which they are, in words.
    """

    paths: tuple[Path, ...]
    classes: tuple[str, ...]
    origin: str

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, number: int) -> tuple[NDArray[np.uint8], str]:
        return open_drop_image(self.paths[number]).values, self.classes[number]

    def divided(self, held_out: float, seed: int) -> tuple[LabelledImages, LabelledImages]:
        """Divide at random into those to learn from and those held out, of each class its part, at least one.

        Raises
        ------
        InputError
            A class has a single image.
        """
        rng = np.random.default_rng((seed, 5))
        apart: list[int] = []
        for name in sorted(set(self.classes)):
            of_class = [number for number, one in enumerate(self.classes) if one == name]
            if len(of_class) < 2:
                raise InputError(f"Class {name} has a single image: at least two are needed, one to judge on.")
            number = min(max(round(held_out * len(of_class)), 1), len(of_class) - 1)
            apart += [of_class[one] for one in rng.permutation(len(of_class))[:number]]
        chosen = set(apart)
        learnt = [number for number in range(len(self)) if number not in chosen]
        return self._of(learnt, "learnt from"), self._of(sorted(chosen), "held out")

    def _of(self, numbers: list[int], which: str) -> LabelledImages:
        return LabelledImages(
            tuple(self.paths[number] for number in numbers),
            tuple(self.classes[number] for number in numbers),
            f"{self.origin}, {len(numbers)} {which}",
        )


def read_labelled_images(table: str | Path, class_names: tuple[str, ...] = DROP_CLASSES) -> LabelledImages:
    """Read a table of images and classes.

    Parameters
    ----------
    table : path
        CSV as CHiMP's training takes it: the path of an image, and its class, in the first two columns; further ones
        are not used. The first line may name the columns. Paths are relative to the table's folder. In place of a class
        one of the ten labels that experts give may stand, such as ``light precipitate``.
    class_names : tuple of str
        Classes that may occur.

    Raises
    ------
    InputError
        The table cannot be read, is empty, or names another class, with the number of its line.
    """
    table = Path(table)
    check_input(table)
    if table.is_dir():
        raise InputError(f"{one_line(str(table))} is a folder; name a table (CSV) of images and classes.")
    try:
        with table.open(encoding="utf-8-sig", newline="") as stream:
            rows = [(number, row) for number, row in enumerate(csv.reader(stream), 1) if any(map(str.strip, row))]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{table.name} cannot be read as a table (CSV) of images and classes ({error}).") from error
    paths: list[Path] = []
    classes: list[str] = []
    for place, (number, row) in enumerate(rows):
        if len(row) < 2:
            raise InputError(f"{table.name} has one column in line {number}; a path and a class are needed.")
        name = _class_of(row[1])
        if name is None and place == 0 and (row[0].strip().lower() in _HEADS or len(rows) > 1):
            # The names of the columns.
            continue
        if name is None or name not in class_names:
            raise InputError(
                f"{table.name} names the class '{one_line(row[1])[:40]}' in line {number}; known are "
                f"{', '.join(class_names)}."
            )
        paths.append(table.parent / row[0].strip())
        classes.append(name)
    if not paths:
        raise InputError(f"{table.name} names no images.")
    if len(set(classes)) < 2:
        raise InputError(f"{table.name} names images of class {classes[0]} alone; two classes are needed at least.")
    missing = [path for path in paths if not path.is_file()]
    if len(missing) == len(paths):
        raise InputError(
            f"None of the images that {table.name} names is there, such as {one_line(str(missing[0]))}; paths are "
            "relative to the folder of the table."
        )
    return LabelledImages(tuple(paths), tuple(classes), f"{table.name} (SHA-256 {hash_file(table)[:12]})")


def _class_of(text: str) -> str | None:
    plain = " ".join(text.lower().replace("_", " ").split())
    return plain if plain in DROP_CLASSES else CLASS_OF_LABEL.get(plain)
