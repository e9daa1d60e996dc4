"""Scores of a detector that is asked whether there are crystals at all."""

from __future__ import annotations

from collections.abc import Sequence

from .classification import ClassificationScores, classification_scores

PRESENT, ABSENT = "crystals", "no crystals"


def presence_scores(truth: Sequence[bool], found: Sequence[bool]) -> ClassificationScores:
    """Return how often crystals were rightly found or not found, image by image.

    Parameters
    ----------
    truth, found : sequence of bool
        Whether each image has crystals, and whether some were found in it.

    Returns
    -------
    ClassificationScores
        Of the classes ``crystals`` and ``no crystals``.

    Raises
    ------
    InputError
        Another number of images.
    """
    said = [[PRESENT if one else ABSENT for one in values] for values in (truth, found)]
    return classification_scores(said[0], said[1], (PRESENT, ABSENT))
