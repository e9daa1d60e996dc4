"""What the widget *Drops* asks of the worker process: plain functions, without Qt."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from ...progress import Progress, silent

if TYPE_CHECKING:
    from ...drops.classifier import DropClassifier
    from ...drops.detector import DropDetector


def classify_images(paths: Sequence[str], weights: str | None, progress: Progress = silent) -> int:
    """Classify micrographs, handing over each as it comes.

    Parameters
    ----------
    paths : sequence of str
        Their files.
    weights : str or None
        File or folder of the network; None is the bundled one.
    progress : Progress
        Told how far it is.

    Returns
    -------
    int
        How many there were.
    """
    from ...jobs import hand_over
    from ...workflows.drops.classify import classify_drops

    progress(0.0, "Loading the network")
    for one in classify_drops([Path(path) for path in paths], _classifier(weights, _changed_ns(weights)), progress):
        hand_over(one)
    return len(paths)


def detect_in_images(paths: Sequence[str], weights: str | None, progress: Progress = silent) -> int:
    """Find drops and crystals in micrographs, handing over each as it comes; as :func:`classify_images`."""
    from ...jobs import hand_over
    from ...workflows.drops.detect import detect_drops

    progress(0.0, "Loading the network")
    for one in detect_drops([Path(path) for path in paths], _detector(weights, _changed_ns(weights)), progress):
        hand_over(one)
    return len(paths)


@lru_cache(maxsize=1)
def _classifier(weights: str | None, changed_ns: int) -> DropClassifier:
    from ...drops.classifier import DropClassifier

    return DropClassifier() if weights is None else DropClassifier(Path(weights))


@lru_cache(maxsize=1)
def _detector(weights: str | None, changed_ns: int) -> DropDetector:
    from ...drops.detector import DropDetector

    return DropDetector() if weights is None else DropDetector(Path(weights))


def _changed_ns(weights: str | None) -> int:
    """When weights changed last: a file that is trained anew is loaded anew."""
    try:
        return 0 if weights is None else Path(weights).stat().st_mtime_ns
    except OSError:
        return 0  # loading it says what is wrong
