"""What the groups of an HDF5 file state: numbers with their units, flags and text, and in which files they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .....errors import InputError, shortened
from ....assumed.statements import SAME, Statements
from ..linked_files import files_outside, linked_files, sentence_on_files
from ..links import dataset_in, reason_not_followed
from ..values import text_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import h5py


class GroupStatements(Statements):
    """Statements of an HDF5 file, read from its groups.

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
        super().__init__()
        self.files: list[Path] = []
        self._path = path
        self._outside: dict[tuple[Path, ...], list[str]] = {}

    def dataset(self, group: h5py.Group, name: str) -> h5py.Dataset | None:
        """Return a dataset, and note the files that its values are in; or note why a link to it leads nowhere."""
        found = dataset_in(group, name)
        elsewhere = reason_not_followed(group, name)
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
        if outside := tuple(files_outside(files, self._path)):
            names = self._outside.setdefault(outside, [])
            if dataset.name not in names:
                names.append(dataset.name)

    def said(self) -> list[str]:
        """Return all that was noted, and which values came from files outside the folder."""
        return [
            *self.sentences,
            *(sentence_on_files(", ".join(names), files) for files, names in self._outside.items()),
        ]

    def number(self, group: h5py.Group, name: str) -> tuple[float, str] | None:
        """Return the number of a dataset and its unit; None where there is none, or several that differ.

        Parameters
        ----------
        group : h5py.Group
            Where to look.
        name : str
            Path of the dataset in the group.

        Returns
        -------
        (float, str), or None
            The number, and its unit as it is written.
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
                self.not_used(f"{name} is the text '{shortened(text)}' and no number")
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


def text_in(group: Any, name: str) -> str:
    """Text of a dataset; empty where there is none, or no text."""
    dataset = dataset_in(group, name)
    if dataset is None or dataset.size == 0 or np.issubdtype(dataset.dtype, np.number):
        return ""
    return text_of(dataset[()]).strip()
