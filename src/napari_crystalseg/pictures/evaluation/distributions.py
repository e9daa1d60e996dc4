"""Figures of an evaluation: how scores, distances and absorption errors are spread over the cases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...class_colours import CLASS_COLOURS
from ...judgement.evaluation import ABSORPTION, CLASSES, CaseScore, Evaluation
from ...labels import Material
from ..figures import ACCENT, INK, QUIET, figures, hide_upper_edges, png, shown_name

MOST_GROUPS = 8
"""As many groups as a plot holds side by side; of more, all cases are drawn together."""


def distributions_png(found: Evaluation) -> bytes:
    """Draw a point for each case and a line at the median: Dice, surface distance and signed bias of each class, and A.

    Returns
    -------
    bytes
        PNG.
    """
    groups = _shown_groups(found)
    with figures() as new:
        figure = new(figsize=(10.6, 6.4))
        axes = figure.subplots(2, 2)
        figure.get_layout_engine().set(w_pad=0.12, h_pad=0.12)
        _spread(axes[0, 0], groups, "Dice", lambda case, title: case.classes[title]["dice"])
        _spread(
            axes[0, 1],
            groups,
            "median surface distance, voxels",
            lambda case, title: case.classes[title]["median_voxels"],
        )
        _spread(
            axes[1, 0],
            groups,
            "signed bias of the surface, voxels",
            lambda case, title: case.classes[title]["bias_voxels"],
        )
        axes[1, 0].axhline(0, color=QUIET, linewidth=0.8, linestyle="--")
        _absorption(axes[1, 1], groups)
        axes[0, 0].legend(loc="lower left", fontsize=7.5, frameon=False)
        for axis in axes.flat:
            hide_upper_edges(axis)
            axis.set_xticks(range(len(groups)), [shown_name(name) for name, _ in groups], fontsize=8, color=INK)
            axis.set_xlim(-0.55, len(groups) - 0.45)
        return png(figure, dpi=110)


def surface_errors_png(found: Evaluation) -> bytes:
    """Draw the mean histogram of signed surface distances of each class, in voxels, one plot a group.

    Returns
    -------
    bytes
        PNG.
    """
    groups = _shown_groups(found)[:4]
    with figures() as new:
        figure = new(figsize=(10.6, 2.9))
        axes = figure.subplots(1, len(groups), squeeze=False, sharey=True)[0]
        for axis, (name, cases) in zip(axes, groups, strict=True):
            for title in CLASSES:
                shares = [case.histograms[title] for case in cases if sum(case.histograms[title]) > 0]
                if shares:
                    mean = np.mean(shares, axis=0)
                    # One bin more at each end for all that lies beyond.
                    edges = (np.arange(len(mean) + 1) - len(mean) / 2) * 0.5
                    axis.stairs(100 * mean, edges, color=_colour(title), linewidth=1.5, label=title)
            axis.axvline(0, color=QUIET, linewidth=0.8, linestyle="--")
            axis.set_xticks([-5.5, -4, -2, 0, 2, 4, 5.5], ["beyond", "−4", "−2", "0", "2", "4", "beyond"])
            axis.set_title(shown_name(name), fontsize=9, color=INK)
            axis.set_xlabel("predicted surface outside of the true one, voxels", color=INK, fontsize=8)
            hide_upper_edges(axis)
        axes[0].set_ylabel("share of the surfaces, %", color=INK)
        axes[0].legend(loc="upper left", fontsize=7.5, frameon=False)
        return png(figure, dpi=110)


def _shown_groups(found: Evaluation) -> list[tuple[str, tuple[CaseScore, ...]]]:
    if len(found.groups) > MOST_GROUPS:
        return [("all", found.cases)]
    return [(group, found.of_group(group)) for group in found.groups]


def _colour(title: str) -> tuple[float, float, float]:
    red, green, blue = CLASS_COLOURS[Material[title.upper()]][:3]
    return red, green, blue


def _points(axis: Any, place: float, values: list[float], colour: Any, label: str | None) -> None:
    """Draw points side by side where they are many, and a line at their median."""
    if not values:
        return
    across = place + 0.16 * ((np.arange(len(values)) * 0.618034) % 1 - 0.5)
    axis.scatter(across, values, s=14, color=colour, alpha=0.75, linewidths=0, label=label)
    axis.plot([place - 0.11, place + 0.11], [np.median(values)] * 2, color=INK, linewidth=1.6)


def _spread(
    axis: Any,
    groups: list[tuple[str, tuple[CaseScore, ...]]],
    name: str,
    figure_of: Callable[[CaseScore, str], float | None],
) -> None:
    for number, (_, cases) in enumerate(groups):
        for at, title in enumerate(CLASSES):
            values = [value for case in cases if (value := figure_of(case, title)) is not None]
            _points(axis, number + 0.25 * (at - 1), values, _colour(title), title if number == 0 else None)
    axis.set_ylabel(name, color=INK)


def _absorption(axis: Any, groups: list[tuple[str, tuple[CaseScore, ...]]]) -> None:
    plain, scaled = (ABSORPTION[f"mean_relative_difference{ending}"] for ending in ("", "_scaled"))
    drawn = 0
    for number, (_, cases) in enumerate(groups):
        for at, (key, colour, name) in enumerate(((plain, ACCENT, "plain"), (scaled, "#d55e00", "after a scale"))):
            values = [
                100 * case.absorption[key]
                for case in cases
                if case.absorption is not None and case.absorption[key] is not None
            ]
            drawn += len(values)
            _points(axis, number + 0.3 * (at - 0.5), values, colour, name if number == 0 else None)
    axis.set_ylabel("mean |ΔA| / A over directions, %", color=INK)
    if not drawn:
        axis.text(0.5, 0.5, "not computed", transform=axis.transAxes, ha="center", color=QUIET)
        return
    axis.set_ylim(bottom=0)
    axis.legend(loc="upper left", fontsize=7.5, frameon=False)
