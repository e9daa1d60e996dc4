"""Figures as PNG bytes, without a screen, all in one style."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

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


def plain(axis: Any) -> None:
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
