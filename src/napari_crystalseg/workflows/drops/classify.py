"""Classify the micrographs of files, one batch after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...drops.classifier import DropClassifier
from ...drops.classifier.drop_classifier import BATCH
from ...errors import Cancelled, InputError, one_line
from ...io.drop_images import open_drop_image
from ...progress import Progress, silent
from .classified_drop import ClassifiedDrop


def classify_drops(
    paths: Sequence[str | Path], classifier: DropClassifier | None = None, progress: Progress = silent
) -> Iterator[ClassifiedDrop]:
    """Classify micrographs.

    Parameters
    ----------
    paths : sequence of path
        Files.
    classifier : DropClassifier, optional
        The bundled one by default.
    progress : Progress, optional
        Told how many are done. Where it raises :class:`~napari_crystalseg.errors.Cancelled`, those that were opened
        are still given before that is raised.

    Yields
    ------
    ClassifiedDrop
        One for each file, in their order. One that cannot be used has a problem and no probabilities, and does not end
        the run.

    Raises
    ------
    InputError
        The classifier cannot be used.
    """
    classifier = classifier or DropClassifier()
    names = classifier.class_names
    _ = classifier.network
    batch: list[tuple[Path, NDArray[np.uint8] | None, str, tuple[str, ...]]] = []

    def told() -> Iterator[ClassifiedDrop]:
        squares = [square for _, square, _, _ in batch if square is not None]
        found = iter(classifier.of_prepared(np.stack(squares)).tolist() if squares else [])
        for path, square, problem, assumptions in batch:
            if square is None:
                yield ClassifiedDrop(path, names, None, problem)
            else:
                yield ClassifiedDrop(path, names, tuple(next(found)), "", assumptions)
        batch.clear()

    files = [Path(path) for path in paths]
    for number, path in enumerate(files):
        try:
            progress(number / len(files), f"{one_line(path.name)}, image {number + 1} of {len(files)}")
        except Cancelled:
            yield from told()
            raise
        try:
            image = open_drop_image(path)
            batch.append((path, classifier.prepared(image.values), "", image.provenance.assumptions))
            del image
        except InputError as error:
            batch.append((path, None, one_line(str(error)), ()))
        if len(batch) == BATCH:
            yield from told()
    yield from told()
    progress(1.0, "images are classified")
