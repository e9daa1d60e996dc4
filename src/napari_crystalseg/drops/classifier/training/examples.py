"""ExamplePool: labelled micrographs as a network sees them, made once and kept on disk while it is trained."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ....errors import InputError, one_line
from ....io import save_json
from ....progress import Progress, silent

LEFT_OUT = -1
"""Class of what could not be used."""

_NOTED_EVERY = 50


class Examples(Protocol):
    """Labelled micrographs, each made or opened when it is asked for."""

    @property
    def origin(self) -> str:
        """Where they are from, for the card; a training goes on with the same alone."""
        ...

    def __len__(self) -> int:
        """How many there are."""
        ...

    def __getitem__(self, number: int) -> tuple[NDArray[np.uint8], str]:
        """Return an image, shape (row, column, 3), and its class, always the same for a number."""
        ...


class ExamplePool:
    """Prepared images of examples in a folder; a run that was killed goes on behind the last that was noted.

    Parameters
    ----------
    folder : Path
        Where they are kept.
    size_px : int
        Side of the squares.
    class_names : tuple of str
        Classes in the order of their numbers.
    """

    def __init__(self, folder: Path, size_px: int, class_names: tuple[str, ...]) -> None:
        self.folder, self.size_px, self.class_names = folder, size_px, class_names
        self.squares: NDArray[np.uint8] = np.zeros((0, size_px, size_px, 3), np.uint8)
        """Images, shape (image, size, size, 3), mapped from the disk."""
        self.classes: NDArray[np.int64] = np.zeros(0, np.int64)
        """Number of each one's class."""
        self.problems: list[str] = []
        """What could not be used, in sentences."""

    def fill(
        self,
        examples: Examples,
        prepare: Callable[[NDArray[np.uint8]], NDArray[np.uint8]],
        progress: Progress = silent,
        enough: Callable[[], bool] = lambda: False,
    ) -> None:
        """Make the images, or those that are missing.

        Parameters
        ----------
        examples : Examples
            In the order of their numbers.
        prepare : callable
            Makes a square of an image.
        progress : Progress, optional
            Told how many there are.
        enough : callable
            Asked after each whether time is up; a few are made in any case.

        Raises
        ------
        InputError
            There are images of fewer than two classes.
        """
        count, note, places = len(examples), self.folder / "examples.json", self.folder / "examples.npy"
        self.folder.mkdir(parents=True, exist_ok=True)
        noted: list[int] = []
        whole = (count, self.size_px, self.size_px, 3)
        if note.is_file() and places.is_file():
            record = json.loads(note.read_text(encoding="utf-8"))
            noted, self.problems = list(record["classes"]), list(record["problems"])
            squares = np.lib.format.open_memmap(places, mode="r+")
        if not noted or squares.shape != whole:
            noted, self.problems = [], []
            squares = np.lib.format.open_memmap(places, mode="w+", dtype=np.uint8, shape=whole)
        fewest = min(count, 16 * len(self.class_names))
        for number in range(len(noted), count):
            if number >= fewest and enough():
                break
            progress(number / count, f"image {number + 1} of {count}")
            try:
                values, name = examples[number]
                squares[number] = prepare(values)
                noted.append(self.class_names.index(name))
            except InputError as error:
                self.problems.append(one_line(str(error)))
                noted.append(LEFT_OUT)
            if (number + 1) % _NOTED_EVERY == 0:
                squares.flush()
                save_json({"classes": noted, "problems": self.problems}, note)
        squares.flush()
        save_json({"classes": noted, "problems": self.problems}, note)
        self.classes = np.array(noted, np.int64)
        self.squares = squares[: len(noted)]
        if len(set(noted) - {LEFT_OUT}) < 2:
            first = f"; the first: {self.problems[0]}" if self.problems else ""
            raise InputError(
                f"There are images of fewer than two classes to learn from ({len(self.problems)} of {len(noted)} could "
                f"not be used{first})."
            )

    def draw(self, rng: np.random.Generator, number: int, equal_classes: bool) -> NDArray[np.int64]:
        """Draw images of a batch, by their numbers: each class alike often, or each image."""
        usable = np.flatnonzero(self.classes != LEFT_OUT)
        if not equal_classes:
            return rng.choice(usable, number)
        of_class = [np.flatnonzero(self.classes == one) for one in np.unique(self.classes[usable])]
        # By turns from a random one, so that a batch holds as many of each as can be.
        first = int(rng.integers(len(of_class)))
        return np.array([rng.choice(of_class[(first + n) % len(of_class)]) for n in range(number)], np.int64)
