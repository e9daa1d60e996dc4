"""What the widget *Drops* asks of the worker process: plain functions, without Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import InputError, sentence
from ...progress import Progress, silent

if TYPE_CHECKING:
    from ...drops.classifier import DropClassifier
    from ...drops.detector.drop_detector import DropDetector
    from ...drops.review import DropReview, DropReviews
    from ...workflows.drops.export_drops import ExportedDrop
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
        Files; images that are left out, as they are other ones than were reviewed, or their review is damaged; and what
        is doubtful.

    Raises
    ------
    InputError
        As :func:`~napari_crystalseg.workflows.drops.export_drops.export_drops`, or all images are left out.
    """
    from ...progress import part
    from ...workflows.drops.export_drops import doubts_of, export_drops
    from .exported import Exported, named

    drops: list[ExportedDrop] = []
    left_out: dict[str, tuple[str, ...]] = {}
    for number, path in enumerate(paths):
        progress(0.2 * number / max(len(paths), 1), f"Reading reviews {number + 1} of {len(paths)}")
        try:
            drop = _exported(Path(path), found.get(path), reviews, pixel_size_um, only_accepted)
        except (InputError, OSError) as error:
            # One that is damaged costs its own drop alone; nothing older is taken in its place.
            reason = (sentence(error) or str(error)).rstrip(".")
            left_out[reason] = (*left_out.get(reason, ()), Path(path).name)
            continue
        if drop is not None:
            drops.append(drop)
    if left_out and not drops:
        (reason, names), *_ = left_out.items()
        raise InputError(f"Nothing is left to export. {named(names)}: {reason}.")
    written = export_drops(drops, Path(folder), forms, part(progress, 0.2, 1.0), left_out)
    return Exported(tuple(str(place) for place in written), left_out, doubts_of(drops))


def _exported(
    path: Path, found: FoundDrop | None, reviews: DropReviews, pixel_size_um: float | None, only_accepted: bool
) -> ExportedDrop | None:
    """What is written of a micrograph; None where it is not asked for."""
    from ...workflows.drops.export_drops import ExportedDrop

    review = reviews.newest(path)
    if review is None:
        return None if only_accepted or found is None else found.exported(path)
    if only_accepted and not review.accepted:
        return None
    if not _is_of(review, path):
        raise InputError("it changed since it was reviewed: review it again.")
    size, assumed = review.pixel_size_um, review.pixel_size_assumed
    if pixel_size_um is not None and (size is None or assumed):
        size, assumed = pixel_size_um, False
    return ExportedDrop(
        path, review.objects if review.looked_for else None, review.place_px, review.drop_class, size, assumed,
        review.accepted, review.provenance,
    )  # fmt: skip


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
