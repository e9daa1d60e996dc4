"""Texts of the outside world, made fit for records, pages and terminals."""

from __future__ import annotations

import unicodedata

_TURNS_TEXT = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")
"""Signs that let the text after them run the other way, on the page that bears it, too."""


def printable(text: str) -> str:
    """Return a name or text of the outside world so that every record and page can hold it, on one line.

    Bytes of a file name that are not UTF-8 become ``\\xe9``, other halves of surrogate pairs, control characters and
    signs that turn the direction of text their escapes; anything else stays as it is.
    """
    return "".join(one.encode("unicode_escape").decode("ascii") if _is_control(one) else one for one in encodable(text))


def encodable(text: str) -> str:
    """Return a text of several lines so that it can be written as UTF-8, as :func:`printable` does."""
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Zl", "Zp") or unicodedata.bidirectional(character) in _TURNS_TEXT
