"""Reliability diagram: how often labels are wrong, against how probable that was said to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .figures import INK, LINE, QUIET, figures, hide_upper_edges, png, shown_name

if TYPE_CHECKING:
    from ..segmentation.doubt.confidence_curve import ConfidenceCurve
    from ..segmentation.doubt.reliability import Reliability

_COLOURS = ("#2f6f9f", "#d55e00", "#009e73", "#cc79a7", "#e69f00")
_FEWEST_VOXELS = 200


def reliability_png(sets: Mapping[str, Mapping[str, Reliability]], curve: ConfidenceCurve) -> bytes:
    """Draw a diagram for each region, and how many voxels each stated probability has.

    Parameters
    ----------
    sets : mapping of str to mapping of str to Reliability
        For each set of samples, what was counted in each region.
    curve : ConfidenceCurve
        What the uncertainty says at each confidence; what the network says itself is drawn fainter.

    Returns
    -------
    bytes
        PNG.
    """
    regions = list(next(iter(sets.values())))
    with figures() as new:
        figure = new(figsize=(3.4 * len(regions), 4.4))
        rows = figure.subplots(2, len(regions), squeeze=False, height_ratios=(3, 1), sharex=True)
        for column, region in enumerate(regions):
            _diagram(rows[0, column], {name: found[region] for name, found in sets.items()}, curve, region)
            _voxels(rows[1, column], {name: found[region] for name, found in sets.items()}, curve)
        rows[0, 0].set_ylabel("share of labels that are wrong", color=INK)
        rows[1, 0].set_ylabel("share of voxels", color=INK)
        return png(figure, dpi=110)


def _diagram(axis: Any, found: Mapping[str, Reliability], curve: ConfidenceCurve, title: str) -> None:
    axis.plot([0, 1], [0, 1], color=LINE, linewidth=1)
    axis.set_title(title, fontsize=9, color=INK)
    at_its_word = np.linspace(1, 0, 256)
    for number, (name, reliability) in enumerate(found.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        said = curve.table / 255
        error = reliability.expected_calibration_error(said)
        for doubts, style, label in (
            (at_its_word, {"alpha": 0.35, "linestyle": "--"}, None),
            (said, {"marker": "o"}, f"{shown_name(name)}: {error:.3f}"),
        ):
            bins = [one for one in reliability.bins(doubts) if one[2] >= _FEWEST_VOXELS]
            axis.plot(
                [one[0] for one in bins],
                [one[1] for one in bins],
                color=colour,
                markersize=3.5,
                linewidth=1.2,
                label=label,
                **style,
            )
    axis.set_xlim(0, 1)
    axis.set_ylim(0, 1)
    axis.legend(fontsize=7.5, frameon=False, loc="upper left", title="calibration error", title_fontsize=7.5)
    hide_upper_edges(axis)


def _voxels(axis: Any, found: Mapping[str, Reliability], curve: ConfidenceCurve) -> None:
    for number, reliability in enumerate(found.values()):
        bins = reliability.bins(curve.table / 255)
        share = [one[2] / reliability.voxels for one in bins]
        axis.plot([one[0] for one in bins], share, color=_COLOURS[number % len(_COLOURS)], linewidth=1.2)
    axis.set_yscale("log")
    axis.set_xlabel("uncertainty, as a probability of being wrong", color=QUIET, fontsize=8)
    hide_upper_edges(axis)
