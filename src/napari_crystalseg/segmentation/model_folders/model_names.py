"""Names of models: what a folder of theirs may be called on every system."""

from __future__ import annotations

import unicodedata

from ...errors import InputError
from ...texts.printable import printable

_MOST_LETTERS = 64
_BESIDE_LETTERS = " ._+-()"
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}


def checked_name(name: str) -> str:
    """Return the name of a model, composed (NFC), or refuse one that not every file system takes.

    Raises
    ------
    InputError
        It is empty, longer than 64 letters, begins or ends with a dot, a space or a sign, holds other than letters,
        digits and ``._+-() ``, or is that of a device of Windows.
    """
    name = unicodedata.normalize("NFC", name)
    letters = all(letter.isalnum() or letter in _BESIDE_LETTERS for letter in name)
    ends = name and name[0].isalnum() and (name[-1].isalnum() or name[-1] in ")+")
    if not letters or not ends or len(name) > _MOST_LETTERS or name.split(".")[0].casefold() in _DEVICES:
        raise InputError(
            f"'{printable(name[:80])}' cannot be the name of a model: give one of up to {_MOST_LETTERS} letters, "
            "digits and ._+-(), that begins with a letter or a digit."
        )
    return name


def as_name(text: str) -> str:
    """Return a text, such as the name on a card or of a file, as the name of a model; empty where nothing is left."""
    kept = "".join(
        letter if letter.isalnum() or letter in _BESIDE_LETTERS else "-"
        for letter in unicodedata.normalize("NFC", text)
    )
    return kept[:_MOST_LETTERS].strip(_BESIDE_LETTERS)


def are_alike(one: str, other: str) -> bool:
    """Whether two names are one where file systems do not tell capitals from small letters."""
    return _folded(one) == _folded(other)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
