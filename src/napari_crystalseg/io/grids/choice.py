"""Which of several things in a file is wanted, and how its axes lie."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote

from ...errors import ChoiceNeeded, InputError

_PICK = re.compile(r"([a-z])\s*=\s*(\d+)")


@dataclass(frozen=True)
class Choice:
    """What the user says of a file that holds, or may be read as, more than one volume.

    Parameters
    ----------
    axes : str or None
        One letter for each axis of the array as stored, such as ``xzy``; None for what the file says.
    dataset : str or None
        Path of a dataset in HDF5, array of an archive, image of a Zarr group or number of a TIFF series; None for the
        only one.
    picks : mapping of str to int
        Which channel (c) or time (t).
    """

    axes: str | None = None
    dataset: str | None = None
    picks: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, axes: str | None = None, dataset: str | None = None) -> Choice:
        """Read what ``--axes`` and ``--dataset`` say: a name, ``c=1``, ``t=0``, or several with commas between.

        Raises
        ------
        InputError
            More than one dataset is named.
        """
        names, picks = [], {}
        for part in (dataset or "").split(","):
            if (pick := _PICK.fullmatch(part.strip())) is not None:
                picks[pick[1]] = int(pick[2])
            elif part.strip():
                names.append(part.strip())
        if len(names) > 1:
            raise InputError(f"--dataset names one dataset, and perhaps c=0 or t=0 after a comma; not '{dataset}'.")
        return cls(axes, names[0] if names else None, picks)

    def to_dict(self) -> dict[str, str | dict[str, int]]:
        """Return what was said, for the provenance."""
        said = {"axes": self.axes, "dataset": self.dataset, "picked": self.picks}
        return {name: value for name, value in said.items() if value}

    def among(self, names: Iterable[str], what: str) -> str | None:
        """Return the one of several that is wanted, None where nothing is said.

        Raises
        ------
        InputError
            There is none of that name.
        """
        if self.dataset is None:
            return None
        names = list(names)
        for name in names:
            if self.dataset.strip("/") == name.strip("/"):
                return name
        raise InputError(f"There is no {what} '{self.dataset}'; there {_are_listed(names)}.")


ONLY = Choice()
"""Nothing is said: the only volume in the file, with the axes that it states."""


def refuse_dataset(choice: Choice, path: Path) -> None:
    """Refuse the name of a dataset for a file that holds one array without a name."""
    if choice.dataset is not None:
        raise InputError(f"{path.name} holds one array, which has no name; leave --dataset {choice.dataset} out.")


def choice_needed(names: list[str], what: str) -> ChoiceNeeded:
    """Make the refusal of several things of which none is chosen."""
    return ChoiceNeeded(
        f"It holds {len(names)} {what} ({listed(names)}); choose one, such as --dataset {quote(names[0])}.",
        "dataset",
        [(name, name) for name in names],
    )


def listed(names: list[str]) -> str:
    """List some names."""
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")


def _are_listed(names: list[str]) -> str:
    return "are none" if not names else f"{'is' if len(names) == 1 else 'are'} {listed(names)}"
