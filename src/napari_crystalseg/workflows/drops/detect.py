"""Outline drops and crystals in the micrographs of files, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ...drops.detector.drop_detector import DropDetector
from ...drops.dispensing.dispensing_position import check_pixel_size
from ...drops.objects import DropObjects
from ...errors import Cancelled, one_line, sentence
from ...io.drop_images import DropImage, open_drop_image
from ...progress import Progress, silent


@dataclass(frozen=True, eq=False)
class DetectedDrop:
    """What was found in the micrograph of one file.

    Parameters
    ----------
    path : Path
        The file.
    objects : DropObjects or None
        All with a score of at least 0.05; None where the file could not be used.
    pixel_size_um : float or None
        Side of a pixel at the drop, µm; None where nothing says.
    problem : str
        Why the file could not be used: a sentence. Empty where it could.
    image : DropImage or None
        The micrograph, with what was assumed of its file.
    """

    path: Path
    objects: DropObjects | None
    pixel_size_um: float | None
    problem: str = ""
    image: DropImage | None = None


def detect_drops(
    paths: Iterable[str | Path],
    detector: DropDetector | None = None,
    progress: Progress = silent,
    pixel_size_um: float | None = None,
) -> Iterator[DetectedDrop]:
    """Outline drops and crystals in micrographs.

    Each is opened when it is asked for and let go of with its entry, so that the memory does not grow with their
    number. A file that cannot be used is an entry with a problem.

    Parameters
    ----------
    paths : iterable of path
        Their files.
    detector : DropDetector, optional
        The bundled one by default.
    progress : Progress, optional
        Told of each; may raise Cancelled between two.
    pixel_size_um : float, optional
        Side of a pixel at the drop, µm, in place of what the files state.

    Yields
    ------
    DetectedDrop
        In the order of the files.

    Raises
    ------
    InputError
        The detector cannot be used, or the side of a pixel is not a positive length, which is found out before the
        first file is opened.
    """
    listed = [Path(path) for path in paths]
    detector = DropDetector() if detector is None else detector
    if pixel_size_um is not None:
        check_pixel_size(pixel_size_um)
    _ = detector.kinds
    for number, path in enumerate(listed):
        progress(number / len(listed), f"image {number + 1} of {len(listed)}: {one_line(path.name)}")
        yield _detected(path, detector, pixel_size_um)
    progress(1.0, "")


def _detected(path: Path, detector: DropDetector, pixel_size_um: float | None) -> DetectedDrop:
    try:
        image = open_drop_image(path, pixel_size_um)
        return DetectedDrop(path, detector.detect(image), image.pixel_size_um, image=image)
    except Cancelled:
        raise
    except Exception as error:
        if (problem := sentence(error)) is None:
            raise
        return DetectedDrop(path, None, None, problem)
