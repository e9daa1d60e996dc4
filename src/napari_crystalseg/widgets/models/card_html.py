"""The card of a model as a page of rich text."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...segmentation.model_folders.card_page import CardSection
    from ...segmentation.model_folders.model_verification import ModelCheck

_SIGNS = {"right": "\N{CHECK MARK}", "wrong": "\N{HEAVY BALLOT X}", "unknown": "?"}


def card_html(sections: Iterable[CardSection], checks: Iterable[ModelCheck] = ()) -> str:
    """Return a card as HTML that a text browser of Qt shows, with what was verified above it."""
    parts = []
    if rows := [f"<p>{_SIGNS[one.outcome]} {escape(one.text)}</p>" for one in checks]:
        parts.append("<h3>Verified</h3>" + "".join(rows))
    for section in sections:
        parts.append(f"<h3>{escape(section.title)}</h3>")
        # Numbers to the right of their rows' names; sentences as they run.
        parts += [f"<p>{escape(text)}</p>" for text in section.notes if not section.header]
        if section.rows:
            parts.append("<table cellspacing='0' cellpadding='3'>")
            if section.header:
                parts.append(_row(section.header, "th", " align='left'"))
            parts += [_row(row, "td") for row in section.rows]
            parts.append("</table>")
        parts += [f"<p><small>{escape(text)}</small></p>" for text in section.notes if section.header]
    return "".join(parts)


def _row(cells: Iterable[str], kind: str, rest: str = "") -> str:
    shown = "".join(f"<{kind}{rest} style='padding-right: 10px'>{escape(cell)}</{kind}>" for cell in cells)
    return f"<tr>{shown}</tr>"
