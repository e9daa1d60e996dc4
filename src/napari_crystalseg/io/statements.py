"""What a scan's file states: all that is not simply read is said to the user, in one list of sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError, brief
from ..provenance import Provenance
from .hdf5.hdf5 import dangling, dataset_in, linked_files, outside_of, said_of_files, text_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import h5py

# Numbers that differ by less than this, relatively, are one.
SAME = 1e-3


class Statements:
    """Collects what the user must know of a file's statements while a reader reads them.

    A statement is either read as it is, and needs no word; or it is read in a way that had to be assumed; or it is not
    used. The last two are said: ``info``, the stage Open and the report show them under "Assumed".

    Parameters
    ----------
    path : Path, optional
        HDF5 file that is read. What it takes from files outside its folder is said as well.

    Attributes
    ----------
    files : list of Path
        Other files that values were taken from.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.sentences: list[str] = []
        self.files: list[Path] = []
        self._path = path
        self._outside: dict[tuple[Path, ...], list[str]] = {}

    def assumed(self, text: str | None) -> None:
        """Note what had to be assumed, or how a statement was read; None notes nothing."""
        if text is not None and text not in self.sentences:
            self.sentences.append(text)

    def not_used(self, what: str) -> None:
        """Note a statement of the file that is not used."""
        self.assumed(f"{what}: not used")

    def recorded_in(self, provenance: Provenance, also: tuple[str, ...] = ()) -> Provenance:
        """Return the record of the file with what was noted, after ``also``, as a step of its opening."""
        texts = (*also, *self.sentences, *self._linked())
        return provenance.then("open", assumed="; ".join(texts)) if texts else provenance

    def dataset(self, group: h5py.Group, name: str) -> h5py.Dataset | None:
        """Return a dataset, and note the files that its values are in; or note why a link to it leads nowhere."""
        found = dataset_in(group, name)
        elsewhere = dangling(group, name)
        if elsewhere is not None:
            self.not_used(f"{name} is in another file, {elsewhere}")
            return None
        if found is not None:
            self.read(found)
        return found

    def read(self, dataset: h5py.Dataset) -> None:
        """Note the files that the values of a dataset are in."""
        if self._path is None:
            return
        files = linked_files(dataset, self._path)
        self.files += [file for file in files if file not in self.files]
        if outside := tuple(outside_of(files, self._path)):
            names = self._outside.setdefault(outside, [])
            if dataset.name not in names:
                names.append(dataset.name)

    def _linked(self) -> list[str]:
        return [said_of_files(", ".join(names), files) for files, names in self._outside.items()]

    def number(self, group: h5py.Group, name: str) -> tuple[float, str] | None:
        """Return the number of a dataset and its unit; None where there is none, or several that differ.

        Parameters
        ----------
        group : h5py.Group
            Where to look.
        name : str
            Path of the dataset in the group.
        """
        dataset = self.dataset(group, name)
        if dataset is None or dataset.size == 0 or dataset.dtype.kind not in "biuf":
            return None
        values = np.asarray(dataset[()], dtype=float).reshape(-1)
        values = values[np.isfinite(values)]
        if values.size == 0:
            return None
        if not np.allclose(values, values[0], rtol=SAME, atol=0):
            self.not_used(f"{name} holds {values.size} values from {values.min():.6g} to {values.max():.6g}")
            return None
        return float(values[0]), text_of(dataset.attrs.get("units", ""))

    def flag(self, group: h5py.Group, name: str) -> bool | None:
        """Return a yes or no, however it is written; None where it is not stated."""
        number = self.number(group, name)
        if number is not None:
            return number[0] != 0
        text = text_in(group, name).lower()
        if text in ("true", "yes", "1", "false", "no", "0"):
            return text in ("true", "yes", "1")
        if text:
            self.not_used(f"{name} is '{text}'")
        return None

    def quantity(self, group: h5py.Group, name: str, factor: Callable[[str], float]) -> float | None:
        """Return a number in our unit; None where it is not stated, has no unit, or is the zero of what is not known.

        Parameters
        ----------
        group, name
            As for :meth:`number`.
        factor : callable
            Ours in one of the unit named.
        """
        found = self.number(group, name)
        if found is None:
            if text := text_in(group, name):
                self.not_used(f"{name} is the text '{brief(text)}' and no number")
            return None
        value, unit = found
        if not unit:
            self.not_used(f"{name} is {value:.6g} without a unit")
            return None
        if value == 0:
            self.not_used(f"{name} is {value:.6g} {unit}")
            return None
        try:
            return value * factor(unit)
        except InputError as error:
            self.not_used(f"{name} is {value:.6g} {unit}, a unit that is not known ({error})")
            return None

    def one_of(self, found: dict[str, float], unit: str, what: str) -> float | None:
        """Return the first of several statements of one thing, and say so where they contradict each other.

        Parameters
        ----------
        found : dict of str to float
            Where each value is stated, the most trusted first.
        unit, what : str
            For the sentence.
        """
        if not found:
            return None
        place, value = next(iter(found.items()))
        others = [f"{other:.6g} {unit} ({name})" for name, other in found.items() if abs(other / value - 1) > 0.01]
        if others:
            self.assumed(
                f"the file states {what} of {value:.6g} {unit} ({place}) and of {' and of '.join(others)}: the first "
                "is used"
            )
        return value

    def square(self, path_name: str, across: float | None, along: float | None, place: str) -> float | None:
        """Return the size of a pixel from its size along both axes, µm.

        Raises
        ------
        InputError
            The pixels are not square.
        """
        if across is None and along is None:
            return None
        if across is None or along is None:
            self.assumed(f"{place} is stated along one axis alone: the pixels are taken as square")
            return across if along is None else along
        if abs(across / along - 1) > SAME:
            raise InputError(
                f"{path_name} has pixels of {along:.6g} by {across:.6g} µm (along rows' axis and columns'); square "
                "ones are needed: bin the frames so that they are."
            )
        return across


def text_in(group: Any, name: str) -> str:
    """Text of a dataset; empty where there is none, or no text."""
    dataset = dataset_in(group, name)
    if dataset is None or dataset.size == 0 or np.issubdtype(dataset.dtype, np.number):
        return ""
    return text_of(dataset[()]).strip()
