"""Picture of a slice without known labels: its voxel values, and beside them what a network makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....class_colours import CLASS_COLOURS
from ....io.files.atomic import replacing
from ....labels import Material


def draw_slice(voxel_values: NDArray[Any], predictions: Mapping[str, NDArray[np.uint8]], path: Path) -> None:
    """Draw voxel values and predictions side by side.

    Parameters
    ----------
    voxel_values : ndarray, shape (y, x)
        The slice.
    predictions : mapping of str to ndarray of uint8
        Classes by what they were made of; of any shape over the same field.
    path : Path
        PNG to write.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.colors import ListedColormap
    from matplotlib.figure import Figure

    colours = ListedColormap([(0, 0, 0) if m is Material.AIR else CLASS_COLOURS[m][:3] for m in Material])
    height, width = voxel_values.shape
    figure = Figure(figsize=(2.2 * (1 + len(predictions)), 0.4 + 2.2 * height / width), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, 1 + len(predictions), squeeze=False)[0]
    axes[0].imshow(voxel_values, cmap="gray", vmin=np.percentile(voxel_values, 1), vmax=np.percentile(voxel_values, 99))
    axes[0].set_title("voxel values", fontsize=8)
    for axis, (title, classes) in zip(axes[1:], predictions.items(), strict=True):
        # The same field, whatever the number of pixels.
        field = (-0.5, width - 0.5, height - 0.5, -0.5)
        axis.imshow(classes, cmap=colours, vmin=0, vmax=len(Material) - 1, interpolation="nearest", extent=field)
        axis.set_title(title, fontsize=8)
    for axis in axes:
        axis.set_axis_off()
    with replacing(path) as temporary, open(temporary, "wb") as stream:
        figure.savefig(stream, format="png", dpi=80)
