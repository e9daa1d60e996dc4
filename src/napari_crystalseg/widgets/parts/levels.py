"""Colours of what is good, worth a look, or wrong: readable on the theme that napari has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QDir
from qtpy.QtWidgets import QWidget

if TYPE_CHECKING:
    from napari.components import ViewerModel

    from ...judgement.finding import Level

WARNING_SIGN = "\N{WARNING SIGN}"
SIGNS: dict[Level, str] = {"problem": "\N{HEAVY BALLOT X}", "warning": WARNING_SIGN, "good": "\N{CHECK MARK}"}

# At least 4.5 : 1 on the backgrounds of napari's themes.
ON_DARK: dict[Level, str] = {"problem": "#ff8a80", "warning": "#f2b134", "good": "#7fd18f"}
ON_LIGHT: dict[Level, str] = {"problem": "#a8201a", "warning": "#7a4700", "good": "#1b5e20"}

_PROPERTY = "level"


def set_level(widget: QWidget, level: Level | None) -> None:
    """Colour the text of a widget by a level, in the colours that :func:`style_sheet` names; None is plain text."""
    if widget.property(_PROPERTY) == level:
        return
    widget.setProperty(_PROPERTY, level)
    style = widget.style()
    if style is not None:
        style.unpolish(widget)
        style.polish(widget)


def style_sheet(background: tuple[int, int, int], theme: str) -> str:
    """Return the dock's style sheet for a background, red, green and blue up to 255, in a theme of napari's."""
    colours = ON_DARK if luminance(background) < 0.18 else ON_LIGHT
    focus = "#6ab0f3" if colours is ON_DARK else "#0b5cad"
    lines = [f'*[{_PROPERTY}="{level}"] {{ color: {colour}; }}' for level, colour in colours.items()]
    for kind in ("QPushButton", "QToolButton", "QCheckBox", "QRadioButton", "QComboBox", "QSlider"):
        lines.append(f"{kind}:focus {{ border: 2px solid {focus}; }}")
    # napari leaves the tick boxes of tables as dark as their ground.
    edge = "#9aa0a6" if colours is ON_DARK else "#5f6368"
    lines += [
        f"QTableWidget::indicator {{ width: 12px; height: 12px; border: 1px solid {edge}; border-radius: 2px; }}",
        f"QTableWidget::indicator:checked {{ background: {focus}; }}",
    ]
    if QDir.searchPaths(f"theme_{theme}"):  # napari's icons, where it has a window
        lines.append(f'QTableWidget::indicator:checked {{ image: url("theme_{theme}:/check.svg"); }}')
    return "\n".join(lines)


def background_of(viewer: ViewerModel) -> tuple[int, int, int]:
    """Background of the viewer's theme, red, green and blue up to 255."""
    from napari.utils.theme import get_theme

    red, green, blue = get_theme(viewer.theme).background.as_rgb_tuple()[:3]
    return int(red), int(green), int(blue)


def luminance(colour: tuple[int, int, int]) -> float:
    """Relative luminance of an sRGB colour, 0 to 1 (WCAG 2.1)."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """Contrast of two colours, 1 to 21 (WCAG 2.1)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)
