"""Place images on a plate by their names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .plate import Plate
from .well import Well
from .well_names import NamedWell, named_wells

_FORMATS = ((8, 12), (16, 24))
_THUMBNAIL = re.compile(r"(?:^|[ _.\-\d])th(?:umb(?:nail)?)?$", re.I)


@dataclass(frozen=True)
class UnplacedImage:
    """An image that is on no well.

    Parameters
    ----------
    path : Path
        Its file.
    reason : str
        Why, a clause for the user.
    """

    path: Path
    reason: str


def plate_of(paths: Iterable[str | Path]) -> tuple[Plate, tuple[UnplacedImage, ...]]:
    """Place images on a plate by the wells in their names.

    Names are read as Rock Imager, XChem and others write them: ``A01a``, ``A1-1``, ``A01_1``, ``H12d2``, ``01A_1``,
    ``well_12_drop_2``, ``wellNum_12/profileID_1/d1_r63_ef``, in the file's name or that of a folder. Of several wells
    in a name, one that all names share is none. A name that still may mean several is left out, and said.

    Parameters
    ----------
    paths : iterable of path
        Files of images; they are not opened.

    Returns
    -------
    plate : Plate
        8 by 12 wells, or 16 by 24 where a name needs it; with the drops that are in the names: one a well where no
        name has a drop, and two where there is no image.
    unplaced : tuple of UnplacedImage
        Those on no well, in the order given.
    """
    given = [Path(one) for one in paths]
    named = {path: named_wells(path) for path in given}
    chosen, unplaced = _chosen(named)
    rows, columns = _format(chosen.values())
    images: dict[Well, list[Path]] = {}
    for path, one in chosen.items():
        row, column = (one.row, one.column) if one.row else divmod(one.number - 1, columns)
        well = Well(row, column, one.subwell or 1) if one.row else Well(row + 1, column + 1, one.subwell or 1)
        images.setdefault(well, []).append(path)
    placed = {well: tuple(sorted(images[well], key=_age)) for well in sorted(images)}
    subwells = _subwells({well.subwell for well in placed})
    statements = _statements(chosen, placed)
    order = {path: number for number, path in enumerate(given)}
    unplaced.sort(key=lambda one: order[one.path])
    return Plate(rows, columns, subwells, placed, statements), tuple(unplaced)


def _chosen(named: Mapping[Path, tuple[NamedWell, ...]]) -> tuple[dict[Path, NamedWell], list[UnplacedImage]]:
    """The one well of each name, where there is one."""
    told = Counter((one.text, one.before) for found in named.values() for one in found)
    # What stands at the same place of every name, such as a project called D1, is not what tells them apart.
    same = {key for key, number in told.items() if len(named) > 1 and number == len(named)}
    chosen, unplaced = {}, []
    for path, found in named.items():
        kept = [one for one in found if (one.text, one.before) not in same]
        if not kept and not any(one.of_folder for one in found):
            # All of one well.
            kept = list(found)
        if len(kept) == 1:
            chosen[path] = kept[0]
        elif len(kept) > 1:
            names = " or ".join(one.text for one in kept[:3])
            unplaced.append(UnplacedImage(path, f"its name may mean the well {names}"))
        elif found:
            text = f"all lie in a folder called {found[0].text}, which may be no well"
            unplaced.append(UnplacedImage(path, text))
        else:
            unplaced.append(UnplacedImage(path, "its name holds no well"))
    if any(not one.bare for one in chosen.values()):
        # Numbers alone are numbers of wells only where all names are such.
        for path in [path for path, one in chosen.items() if one.bare]:
            unplaced.append(UnplacedImage(path, f"{chosen.pop(path).text} may be the number of a well, or another"))
    return chosen, unplaced


def _format(wells: Iterable[NamedWell]) -> tuple[int, int]:
    found = list(wells)
    for rows, columns in _FORMATS:
        if all(one.row <= rows and one.column <= columns and one.number <= rows * columns for one in found):
            return rows, columns
    return _FORMATS[-1]


def _subwells(found: set[int]) -> tuple[int, ...]:
    if not found:
        return (1, 2)
    if found == {1, 3, 4} or found == {3, 4}:
        # The drops of a plate with three are called a, c and d; b is the reservoir.
        return (1, 3, 4)
    return tuple(range(1, max(found) + 1))


def _age(path: Path) -> tuple[bool, list[tuple[int, int, str]], str]:
    """Thumbnails first, then by name, numbers by their size: dates and batches of later inspections come last."""
    text = path.with_suffix("").as_posix()
    parts = [(1, int(one), "") if one.isdigit() else (0, 0, one.lower()) for one in re.split(r"([0-9]+)", text) if one]
    return not _THUMBNAIL.search(path.stem), parts, path.as_posix()


def _statements(chosen: Mapping[Path, NamedWell], placed: Mapping[Well, tuple[Path, ...]]) -> tuple[str, ...]:
    said = []
    if any(one.bare for one in chosen.values()):
        text = next(one.text for one in chosen.values() if one.bare)
        said.append(f"Names such as {text} are read as number of the well, row by row, and number of the drop")
    elif any(one.number for one in chosen.values()):
        said.append("Numbers of wells are counted row by row")
    several = [well for well, paths in placed.items() if len(paths) > 1]
    if several:
        first = several[0]
        wells = "1 well has" if len(several) == 1 else f"{len(several)} wells have"
        said.append(
            f"{wells} several images, such as {first.name} with {len(placed[first])}: the last by name is shown "
            f"({placed[first][-1].name})"
        )
        plates = sorted({_plate_name(path, one) for path, one in chosen.items()})
        if len(plates) > 1:
            said.append(
                f"The names begin in {len(plates)} ways, such as {plates[0]} and {plates[1]}: they may be of several "
                "plates, and are shown as one"
            )
    return tuple(said)


def _plate_name(path: Path, well: NamedWell) -> str:
    return well.before.strip(" _.-") or path.parent.name
