"""Train a classifier of micrographs on simulated drops, or on images that a person has labelled."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...drops.classifier import DropClassifier
from ...drops.classifier.training import ClassifierTraining, train_classifier
from ...drops.classifier.training.figures import ClassifierFigures
from ...errors import InputError
from ...io import check_folder_of_results
from ...progress import Progress, silent
from ...simulation.drops import DropConditions, simulated_drop
from ...simulation.drops.streams import class_of_example
from .labelled_images import read_labelled_images

IMAGES = 24000
"""Simulated images that the small network learns from."""

JUDGED = 400
"""Simulated images that it is judged on."""

HELD_OUT = 0.2
"""Part of labelled images that a network is judged on."""

_OTHER_SERIES = 1_000_000
_OBLONG = (205, 256)


@dataclass(frozen=True)
class SimulatedExamples:
    """Simulated drops, of each class as many; two in three square, the others as oblong as cameras' images.

    Parameters
    ----------
    seed : int
        Seed of the series.
    count : int
        How many.
    oblong : bool
        Whether there are oblong ones.
    """

    seed: int
    count: int
    oblong: bool = True

    @property
    def origin(self) -> str:
        """Which they are, in words."""
        return f"{self.count} simulated drops of the series {self.seed}; no measured data"

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, number: int) -> tuple[NDArray[np.uint8], str]:
        drop_class = class_of_example(number)
        turn = number // 4 % 3
        conditions = DropConditions(shape=_OBLONG) if self.oblong and turn == 2 else DropConditions()
        made = simulated_drop(self.seed, number, conditions, drop_class)
        return made.image.values, made.drop_class


def train_drop_classifier(
    folder: str | Path,
    training: ClassifierTraining | None = None,
    *,
    data: str | Path | None = None,
    begin_from: DropClassifier | None = None,
    images: int = IMAGES,
    judged: int = JUDGED,
    resume: bool = False,
    progress: Progress = silent,
) -> tuple[DropClassifier, ClassifierFigures]:
    """Train a classifier and write it to a folder.

    Parameters
    ----------
    folder : path
        To write.
    training : ClassifierTraining, optional
        How.
    data : path, optional
        Table of labelled images, as :func:`~.labelled_images.read_labelled_images` takes it; one in five of each class
        is held out. Drops are simulated without it.
    begin_from : DropClassifier, optional
        Network to go on from, such as CHiMP's.
    images, judged : int
        Simulated drops to learn from, and to judge on.
    resume : bool
        Go on with a training that was stopped.
    progress : Progress, optional
        Told what is done.

    Returns
    -------
    DropClassifier
    ClassifierFigures

    Raises
    ------
    InputError
        The folder, the table or the network cannot be used, or the training there is another.
    """
    training = training or ClassifierTraining()
    if images < 16 or judged < 4:
        raise InputError(f"At least 16 images to learn from and 4 to judge on are needed, not {images} and {judged}.")
    folder = Path(folder)
    check_folder_of_results(folder, [])
    if data is None:
        learnt, apart = (
            SimulatedExamples(training.seed, images),
            SimulatedExamples(training.seed + _OTHER_SERIES, judged, oblong=False),
        )
        return train_classifier(
            folder, learnt, apart, training, begin_from=begin_from, resume=resume, progress=progress
        )
    names = begin_from.class_names if begin_from is not None else None
    labelled = read_labelled_images(data) if names is None else read_labelled_images(data, names)
    known, held_out = labelled.divided(HELD_OUT, training.seed)
    return train_classifier(folder, known, held_out, training, begin_from=begin_from, resume=resume, progress=progress)
