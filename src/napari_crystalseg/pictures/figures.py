"""Figures as PNG bytes, without a screen, all in one style."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..texts.printable import printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LONGEST_NAME = 36

INK, QUIET, LINE = "#1d2733", "#6b7885", "#c5ccd3"
ACCENT = "#2f6f9f"


@contextmanager
def figures() -> Iterator[Any]:
    """Yield a maker of figures that uses no screen and no global state, so that a napari window is left alone."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    def new(**arguments: Any) -> Figure:
        figure = Figure(layout="constrained", **arguments)
        FigureCanvasAgg(figure)
        return figure

    with rc_context({"font.family": "DejaVu Sans", "font.size": 9, "axes.facecolor": "none"}):
        yield new


def shown_name(name: str) -> str:
    """Return a name of the outside world as a figure can show it: short, and no formula or hidden label to matplotlib.

    Letters that the font does not have are shown as their escapes.
    """
    from matplotlib.font_manager import FontProperties, get_font
    from matplotlib.font_manager import findfont as file_of

    known = get_font(file_of(FontProperties(family="DejaVu Sans"))).get_charmap()
    name = printable(name)
    if len(name) > _LONGEST_NAME:
        name = f"{name[: _LONGEST_NAME // 2]}…{name[-_LONGEST_NAME // 2 + 1 :]}"
    text = "".join(
        letter if letter == " " or ord(letter) in known else letter.encode("unicode_escape").decode("ascii")
        for letter in name
    )
    text = text.replace("$", r"\$")
    # A label that begins with an underscore is left out of legends.
    return f" {text}" if text.startswith("_") else text


def hide_upper_edges(axis: Any) -> None:
    """Leave a plot only its left and lower edge, in quiet colours."""
    axis.tick_params(colors=QUIET, labelsize=8)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axis.spines[side].set_color(LINE)


def png(figure: Figure, dpi: int) -> bytes:
    """Return a figure as PNG; no version and no date are in it, so that the same result gives the same bytes."""
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=dpi, facecolor="white", metadata={"Software": None})
    return stream.getvalue()
