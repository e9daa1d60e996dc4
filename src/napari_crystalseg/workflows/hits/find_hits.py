"""Find the hits among the images of files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...diffraction.geometry.detector_geometry import DetectorGeometry
from ...diffraction.geometry.stated_geometry import stated_geometry
from ...diffraction.hits import PeakCountHitFinder, SpotFinder, recurring_pixels
from ...diffraction.hits.header.parameter_check import check_parameters
from ...diffraction.hits.hit import Hit
from ...diffraction.hits.networks.hit_networks import HitNetworks
from ...errors import InputError
from ...io import check_input
from ...io.diffraction_images import DiffractionImage, count_diffraction_images, open_diffraction_image
from ...progress import Progress, silent
from ...wavelength import KEV_ANGSTROM
from .judged_image import JudgedImage

SAMPLED = 16
"""Images of one size that are looked through for pixels that recur."""

LIST = ".lst"


@dataclass(frozen=True)
class HitSearch:
    """How hits are looked for.

    Parameters
    ----------
    finder : str
        ``peaks``, or ``network``.
    hit_rate : float
        Part of the images that are hits, as far as is known; of the peaks alone.
    binned : bool
        Whether images are binned so far that a spot is one pixel.
    check_header : bool
        Whether energy and distance of the header are held against the image.
    distance_mm, pixel_size_mm, energy_kev : float or None
        In place of the header's.
    model : Path or None
        Folder of networks; the bundled one by default.

    Raises
    ------
    InputError
        Another finder, or a folder that holds no networks.
    """

    finder: str = "peaks"
    hit_rate: float = 0.5
    binned: bool = False
    check_header: bool = True
    distance_mm: float | None = None
    pixel_size_mm: float | None = None
    energy_kev: float | None = None
    model: Path | None = None

    def __post_init__(self) -> None:
        if self.finder not in ("peaks", "network"):
            raise InputError(f"Hits are found by 'peaks' or by 'network', not by '{self.finder}'.")
        _ = self.peaks
        if self.finder == "network" or self.model is not None:
            _ = self.networks

    @property
    def peaks(self) -> PeakCountHitFinder:
        """The classical finder."""
        return PeakCountHitFinder(SpotFinder(fewest_pixels=1 if self.binned else 3), self.hit_rate)

    @property
    def networks(self) -> HitNetworks:
        """The networks."""
        return HitNetworks() if self.model is None else HitNetworks(self.model)


def listed_images(paths: Sequence[str | Path]) -> list[tuple[Path, int, int]]:
    """List the images of files: path, number from 1, and how many the file has.

    Parameters
    ----------
    paths : sequence of path
        Image files, and lists of them (``.lst``) as CrystFEL takes them, with places relative to the list.

    Raises
    ------
    InputError
        A file is missing or is no image, a list names an image that is not there, or there are none.
    """
    found: list[tuple[Path, int, int]] = []
    for path in map(Path, paths):
        if path.suffix.lower() == LIST:
            found.extend(_of_list(path))
        else:
            count = count_diffraction_images(path)
            found.extend((path, number, count) for number in range(1, count + 1))
    if not found:
        raise InputError("There are no images to look for hits in.")
    return found


def find_hits(
    images: Sequence[tuple[Path, int, int]], search: HitSearch | None = None, progress: Progress = silent
) -> Iterator[JudgedImage]:
    """Judge images one after the other.

    Where there are eight or more of one size, pixels that are bright in most of them are left out.

    Parameters
    ----------
    images : sequence of (path, int, int)
        As :func:`listed_images` gives them.
    search : HitSearch, optional
        How; by peaks by default.
    progress : Progress, optional
        Told how many are done.

    Yields
    ------
    JudgedImage

    Raises
    ------
    InputError
        An image cannot be read.
    """
    search = search or HitSearch()
    peaks = search.peaks
    networks = search.networks if search.finder == "network" or search.check_header else None
    recurring = _recurring(images)
    for done, (path, number, count) in enumerate(images):
        progress(done / len(images), f"{path.name}, image {number} of {count}")
        yield judge_image(
            open_diffraction_image(path, number), path, search, peaks, networks, recurring, number=number, count=count
        )
    progress(1.0, "images are looked at")


def judge_image(
    image: DiffractionImage,
    path: Path,
    search: HitSearch,
    peaks: PeakCountHitFinder,
    networks: HitNetworks | None,
    recurring: NDArray[np.bool_] | None = None,
    *,
    number: int = 1,
    count: int = 1,
) -> JudgedImage:
    """Judge one image that is open.

    Parameters
    ----------
    image : DiffractionImage
        The image.
    path : Path
        Its file, to be named.
    search : HitSearch
        How.
    peaks : PeakCountHitFinder
        The classical finder, which finds the spots in any case.
    networks : HitNetworks or None
        For the finder ``network``, and for a guess at energy and distance.
    recurring : ndarray of bool, shape (slow, fast), or None
        Pixels to leave out.
    number, count : int
        Which image of the file, and how many it has.
    """
    where = _geometry(image, search)
    mask = image.mask if recurring is None or recurring.shape != image.shape else image.mask | recurring
    place = (None, None) if where is None else (where.panel, where.wavelength_angstrom)
    source = np.array([0.0, 0.0, 1.0]) if where is None else where.source_direction
    examined = peaks.finder.examine(image.counts, mask, place[0], place[1], source)
    if search.finder == "network" and networks is not None:
        hit = Hit(networks.hit_probability(image.counts, mask), examined.spots, "network")
    else:
        hit = peaks.of_examined(examined)
    check = None
    if search.check_header and where is not None and where.wavelength_angstrom is not None:
        check = check_parameters(
            examined, image.counts, mask, where.panel, where.wavelength_angstrom, where.source_direction, networks
        )
    known = None if where is None else where.wavelength_angstrom
    return JudgedImage(
        path, number, count, hit, None if known is None else KEV_ANGSTROM / known, _distance_mm(where), check
    )


def _geometry(image: DiffractionImage, search: HitSearch) -> DetectorGeometry | None:
    """What the header states, put right by the search; None where it does not say where the pixels lie."""
    wavelength = None if search.energy_kev is None else KEV_ANGSTROM / search.energy_kev
    stated = stated_geometry(image, search.distance_mm, search.pixel_size_mm, wavelength)
    known = stated.scale_known and (stated.tilt_axis_known or not stated.tilt_stated)
    return stated.geometry if known else None


def _distance_mm(where: DetectorGeometry | None) -> float | None:
    return None if where is None else float(where.normal_distance_mm)


def _recurring(images: Sequence[tuple[Path, int, int]]) -> NDArray[np.bool_] | None:
    """Pixels that recur in the images of the size of the first."""
    if len(images) < SAMPLED // 2:
        return None
    chosen = [images[n] for n in np.unique(np.linspace(0, len(images) - 1, SAMPLED).astype(int))]

    def opened() -> Iterable[NDArray[np.float32]]:
        shape = None
        for path, number, _ in chosen:
            image = open_diffraction_image(path, number)
            shape = shape or image.shape
            if image.shape == shape:
                yield np.where(image.mask, np.float32(np.nan), image.counts)

    return recurring_pixels(opened())


def _of_list(path: Path) -> list[tuple[Path, int, int]]:
    check_input(path)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise InputError(f"{path.name} cannot be read as a list of images, one a line.") from None
    found: list[tuple[Path, int, int]] = []
    for line in filter(None, map(str.strip, lines)):
        name, _, event = line.partition(" //")
        place = Path(name) if Path(name).is_absolute() else path.parent / name
        count = count_diffraction_images(place)
        if not event:
            found.extend((place, number, count) for number in range(1, count + 1))
        elif event.isdecimal() and int(event) < count:
            found.append((place, int(event) + 1, count))
        else:
            raise InputError(f"{path.name} names the image '{line}', which is not in that file: it has {count}.")
    return found
