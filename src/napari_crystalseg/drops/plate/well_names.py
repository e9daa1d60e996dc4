"""Names of wells within names of files and folders, as imagers and facilities write them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import PurePath

from .well import MOST_COLUMNS, MOST_ROWS

# A name stands between signs that are no letters and no digits.
_BEGIN, _END = r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])"
_ROW = r"(?P<row>[A-P])"
_COLUMN = r"(?P<column>0?[1-9]|1[0-9]|2[0-4])"
# Before the row it has two digits: 2D and 3D are crystals, and 4C is a temperature.
_COLUMN_FIRST = r"(?P<column>0[1-9]|1[0-9]|2[0-4])"
# Which drop: _1, -2, .1, d1, _d2, _Drop_1, s1.
_DROP = r"(?:[ _.\-]?(?i:drop|subwell|sub|[ds])[ _.\-]?|[ _.\-])(?P<subwell>[1-8])"

_ROW_FIRST_WITH_DROP = (
    # A01a, A1c, H12D.
    f"{_BEGIN}{_ROW}{_COLUMN}(?P<letter>[a-hA-H]){_END}",
    # A01_1, A1-2, A1.1, A01d1, A1_drop_2.
    f"{_BEGIN}{_ROW}{_COLUMN}{_DROP}{_END}",
    # A01_a, A1-c.
    rf"{_BEGIN}{_ROW}{_COLUMN}[ _.\-](?P<letter>[a-d]){_END}",
)
# 01A_1, 12H-3 and 01A1, 01Aa, as in XChem's names.
_COLUMN_FIRST_WITH_DROP = (f"{_BEGIN}{_COLUMN_FIRST}{_ROW}(?:{_DROP}|(?P<digit>[1-8])|(?P<letter>[a-h])){_END}",)
_ROW_FIRST = (f"{_BEGIN}{_ROW}{_COLUMN}{_END}",)
_COLUMN_FIRST_ALONE = (f"{_BEGIN}{_COLUMN_FIRST}{_ROW}{_END}",)
_NUMBER = re.compile(r"(?<![a-z])well[ _.\-]?(?:num|number|no)?[ _.\-]?(?P<number>\d{1,3})(?!\d)", re.I)
_SHORT_NUMBER = re.compile(r"(?<![a-z0-9])w(?P<number>\d{1,3})(?=[ _.\-]?d(?:rop)?[ _.\-]?\d)", re.I)
_NUMBERED_DROP = re.compile(r"(?<![a-z])(?:drop|subwell|sub|d|s)[ _.\-]?(?P<subwell>[1-8])(?!\d)", re.I)
# What Rock Imager calls an image, in the folder of its well: drop, region, and what was made of it.
_ROCK_IMAGER = re.compile(r"^d(?P<subwell>[1-8])_r\d+", re.I)
_BARE = re.compile(r"^(?P<number>\d{1,3})[_\-](?:d|drop)?(?P<subwell>[1-8])$", re.I)
_DROP_FOLDER = re.compile(r"^(?:drop|subwell|sub|d|s)[ _.\-]?(?P<subwell>[1-8])$", re.I)
_FOLDERS = 3


@dataclass(frozen=True)
class NamedWell:
    """A well as a name gives it.

    Parameters
    ----------
    text : str
        What was read.
    before : str
        What stands before it in the name.
    row, column : int
        From 1 on; 0 of a well that has a number.
    subwell : int or None
        Which drop; None where the name does not say.
    number : int
        Number of the well, from 1 on, row by row; 0 of one that has row and column.
    bare : bool
        Whether the name is nothing but a number of a well and one of a drop.
    of_folder : bool
        Whether row and column are those of a folder, whose name may mean something else.
    """

    text: str
    before: str
    row: int = 0
    column: int = 0
    subwell: int | None = None
    number: int = 0
    bare: bool = False
    of_folder: bool = False


def named_wells(path: PurePath) -> tuple[NamedWell, ...]:
    """Return the wells that a path may mean, by its name, or by those of its folders where that says nothing.

    A name with a drop goes before one without, and capital letters before small ones; more than one is left when the
    name is ambiguous.
    """
    folders = [one for one in path.parts[:-1] if one not in (path.anchor, "..", ".")][-_FOLDERS:]
    stem = path.stem
    if found := _lettered(stem, _ROW_FIRST_WITH_DROP):
        return found
    if found := _numbered(stem, folders):
        return found
    for depth in range(len(folders) + 1):
        # Of several folders the nearest that says something: A01/1.jpg, and A01/2024-01-05/overview.jpg.
        name = "_".join([*folders[len(folders) - depth :], stem])
        if not _ROCK_IMAGER.match(stem):
            for text in (name, _capitals(name)):
                if found := _in_name(text):
                    return tuple(_with_folders(one, folders, depth > 0) for one in found)
    if bare := _BARE.match(stem):
        number, subwell = int(bare["number"]), int(bare["subwell"])
        if 1 <= number <= MOST_ROWS * MOST_COLUMNS:
            return (NamedWell(bare[0], "", number=number, subwell=subwell, bare=True),)
    return ()


def _numbered(stem: str, folders: list[str]) -> tuple[NamedWell, ...]:
    """Wells by number: well_12_drop_1, w012d1, wellNum_12/profileID_1/d1_r63_ef."""
    for name, inside in ((stem, True), *((one, False) for one in reversed(folders))):
        matches = list(_NUMBER.finditer(name)) or list(_SHORT_NUMBER.finditer(name))
        if not matches:
            continue
        found = []
        for match in matches:
            rest = name[match.end() :] if inside else stem
            drop = _ROCK_IMAGER.match(stem) or _NUMBERED_DROP.search(rest)
            number = int(match["number"])
            if 1 <= number <= MOST_ROWS * MOST_COLUMNS:
                subwell = int(drop["subwell"]) if drop else _drop_of_folders(folders)
                found.append(NamedWell(match[0], name[: match.start()], number=number, subwell=subwell))
        return _distinct(found)
    return ()


def _in_name(name: str) -> tuple[NamedWell, ...]:
    """Wells with letters in a name, of the most telling kind; of two kinds that tell as much, both."""
    if found := _lettered(name, _ROW_FIRST_WITH_DROP):
        return found
    rows, columns = _lettered(name, _ROW_FIRST), _lettered(name, _COLUMN_FIRST_WITH_DROP)
    # A01_20C_1 may be the well A01 at 20 °C.
    return (*rows, *columns) or _lettered(name, _COLUMN_FIRST_ALONE)


def _lettered(name: str, patterns: tuple[str, ...]) -> tuple[NamedWell, ...]:
    found = []
    for pattern in patterns:
        for match in re.finditer(pattern, name):
            groups = match.groupdict()
            letter = groups.get("letter")
            digit = groups.get("subwell") or groups.get("digit")
            subwell = ord(letter.lower()) - ord("a") + 1 if letter else int(digit) if digit else None
            row = ord(groups["row"]) - ord("A") + 1
            found.append(NamedWell(match[0], name[: match.start()], row, int(groups["column"]), subwell))
    return _distinct(found)


def _capitals(name: str) -> str:
    """Make capitals of rows that are small letters: a01 is A01, a1_2 is A1_2, 01a_1 is 01A_1; c1 alone stays c1."""
    with_drop = rf"{_BEGIN}([a-p])(?=\d{{1,2}}(?:[a-h]{_END}|[ _.\-]?[ds]?[1-8]{_END})|\d\d{_END})"
    name = re.sub(with_drop, lambda match: match[1].upper(), name)
    return re.sub(rf"{_BEGIN}(\d\d)([a-p])(?=[ _.\-a-h1-8])", lambda match: match[1] + match[2].upper(), name)


def _with_folders(well: NamedWell, folders: list[str], of_folder: bool) -> NamedWell:
    subwell = _drop_of_folders(folders) if well.subwell is None else well.subwell
    return replace(well, subwell=subwell, of_folder=of_folder)


def _drop_of_folders(folders: list[str]) -> int | None:
    for name in reversed(folders):
        if match := _DROP_FOLDER.match(name):
            return int(match["subwell"])
    return None


def _distinct(found: list[NamedWell]) -> tuple[NamedWell, ...]:
    """One of each well."""
    kept: dict[tuple[int, int, int, int | None], NamedWell] = {}
    for one in found:
        kept.setdefault((one.row, one.column, one.number, one.subwell), one)
    return tuple(kept.values())
