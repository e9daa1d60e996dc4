"""What the widget *Drops* asks of the worker process: plain functions, without Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import InputError
from ...progress import Progress, silent

if TYPE_CHECKING:
    from ...drops.classifier import DropClassifier
    from ...drops.detector.drop_detector import DropDetector
    from ...drops.review import DropReview, DropReviews
    from .exported import Exported
    from .found_drop import FoundDrop


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
        # The pixels are in the file; only what was found travels.
        hand_over(replace(one, image=None))
    return len(paths)


def export_reviews(
    paths: Sequence[str],
    found: Mapping[str, FoundDrop],
    reviews: DropReviews,
    pixel_size_um: float | None,
    only_accepted: bool,
    folder: str,
    forms: Sequence[str],
    progress: Progress = silent,
) -> Exported:
    """Write what is accepted, or found, of micrographs into a folder.

    Parameters
    ----------
    paths : sequence of str
        Their files.
    found : mapping of str to FoundDrop
        What is known of those without a review, by file.
    reviews : DropReviews
        Where reviews are kept.
    pixel_size_um : float or None
        Side of a pixel that a person typed, µm, for images that were accepted before anybody stated it.
    only_accepted : bool
        Leave out those that are not accepted.
    folder : str
        Where to.
    forms : sequence of str
        Of :data:`~napari_crystalseg.workflows.drops.export_drops.FORMS`.
    progress : Progress
        Told how far it is.

    Returns
    -------
    Exported
        Files; images that are other ones than were reviewed, which are left out; and what is doubtful.

    Raises
    ------
    InputError
        As :func:`~napari_crystalseg.workflows.drops.export_drops.export_drops`, a review cannot be read, or all
        images changed.
    """
    from ...progress import part
    from ...workflows.drops.export_drops import ExportedDrop, doubts_of, export_drops
    from .exported import Exported

    drops: list[ExportedDrop] = []
    changed: list[str] = []
    for number, path in enumerate(paths):
        progress(0.2 * number / max(len(paths), 1), f"Reading reviews {number + 1} of {len(paths)}")
        review = reviews.newest(Path(path))
        if review is not None and (review.accepted or not only_accepted):
            if not _is_of(review, Path(path)):
                changed.append(Path(path).name)
                continue
            size, assumed = review.pixel_size_um, review.pixel_size_assumed
            if pixel_size_um is not None and (size is None or assumed):
                size, assumed = pixel_size_um, False
            objects = review.objects if review.looked_for else None
            drops.append(
                ExportedDrop(
                    Path(path), objects, review.place_px, review.drop_class, size, assumed, review.accepted,
                    review.provenance,
                )
            )  # fmt: skip
        elif review is None and not only_accepted and path in found:
            drops.append(found[path].exported(Path(path)))
    if changed and not drops:
        raise InputError(f"{changed[0]} changed since it was reviewed; review it again, then export.")
    written = export_drops(drops, Path(folder), forms, part(progress, 0.2, 1.0))
    left_out = {"changed since it was reviewed": tuple(changed)} if changed else {}
    return Exported(tuple(str(place) for place in written), left_out, doubts_of(drops))


def _is_of(review: DropReview, path: Path) -> bool:
    """Whether a review is of the pixels that a file holds; of a file that is gone, what it held counts."""
    from ...provenance import hash_file

    return not path.is_file() or hash_file(path) == review.image_sha256


@lru_cache(maxsize=1)
def _classifier(weights: str | None, changed_ns: int) -> DropClassifier:
    from ...drops.classifier import DropClassifier

    return DropClassifier() if weights is None else DropClassifier(Path(weights))


@lru_cache(maxsize=1)
def _detector(weights: str | None, changed_ns: int) -> DropDetector:
    from ...drops.detector.drop_detector import DropDetector

    return DropDetector() if weights is None else DropDetector(Path(weights))


def _changed_ns(weights: str | None) -> int:
    """When weights changed last: a file that is trained anew is loaded anew."""
    try:
        return 0 if weights is None else Path(weights).stat().st_mtime_ns
    except OSError:
        return 0  # loading it says what is wrong
