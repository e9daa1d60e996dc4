"""Which image of one list is which of another, by their names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

from ....errors import InputError, one_line

_KEYS: tuple[Callable[[PurePosixPath], object], ...] = (
    lambda path: path.parts,
    lambda path: path.parts[-3:],
    lambda path: path.parts[-2:],
    lambda path: path.name,
    lambda path: path.stem,
)


def matched(truth: Sequence[str], found: Sequence[str]) -> dict[int, int]:
    """Return the place among one list of names for the places of another.

    Names are the same where they are so in full, or else in their last three parts, two, the file's name, or that
    without its suffix, whichever tells first.

    Parameters
    ----------
    truth, found : sequence of str
        Paths, absolute or relative to different folders.

    Returns
    -------
    dict of int to int
        Places in `found` of those of `truth` that are there.

    Raises
    ------
    InputError
        A name may be several of the other list, or several names the same one.
    """
    paths = [_plain(one) for one in found]
    tables: list[dict[object, list[int]]] = []
    for key in _KEYS:
        table: dict[object, list[int]] = {}
        for place, path in enumerate(paths):
            table.setdefault(key(path), []).append(place)
        tables.append(table)
    result: dict[int, int] = {}
    taken: dict[int, str] = {}
    for place, name in enumerate(truth):
        path = _plain(name)
        for key, table in zip(_KEYS, tables, strict=True):
            places = table.get(key(path), [])
            if len(places) > 1:
                raise InputError(
                    f"{one_line(name)} may be {one_line(found[places[0]])} or {one_line(found[places[1]])}; name files "
                    "with their folders, so that they can be told apart."
                )
            if places:
                other = taken.setdefault(places[0], name)
                if other != name:
                    raise InputError(
                        f"{one_line(found[places[0]])} may be {one_line(other)} or {one_line(name)}; name files with "
                        "their folders, so that they can be told apart."
                    )
                result[place] = places[0]
                break
    return result


def _plain(name: str) -> PurePosixPath:
    return PurePosixPath(name.replace("\\", "/"))
