"""Curves of a training: its loss and what it reaches on each validation set, as lines of JSON and a picture."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...class_colours import CLASS_COLOURS
from ...io.files.atomic import replacing
from ...labels import Material

RECORD = "curves.jsonl"
PICTURE = "curves.png"


def note(work_dir: Path, entry: Mapping[str, Any]) -> None:
    """Add one entry to the record of a training, and draw the picture anew.

    Parameters
    ----------
    work_dir : Path
        Folder of the training.
    entry : mapping
        ``step``, ``loss`` (or None) and ``sets``: for each validation set its Dice by class and mean.
    """
    with open(work_dir / RECORD, "a+b") as record:
        record.seek(0, 2)
        if record.tell():
            # A run that was killed may have left half a line, which must not take this one with it.
            record.seek(-1, 2)
            whole = record.read(1) == b"\n"
            record.write(b"" if whole else b"\n")
        record.write(json.dumps(entry).encode() + b"\n")
    draw(read(work_dir), work_dir / PICTURE)


def read(work_dir: Path) -> list[dict[str, Any]]:
    """Return the entries of a training's record, without those of a part that was gone back on; none where none is."""
    path = work_dir / RECORD
    if not path.is_file():
        return []
    entries: list[dict[str, Any]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue  # the last line of a run that was killed
        # A run that was killed goes on from its last checkpoint: what it had noted beyond is repeated.
        entries = [earlier for earlier in entries if earlier["step"] < entry["step"]] + [entry]
    return entries


def draw(entries: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Draw the loss, and for each validation set the Dice of each class, over the steps.

    Parameters
    ----------
    entries : sequence of mapping
        As :func:`note` takes them.
    path : Path
        PNG to write.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    colours = {material.title: CLASS_COLOURS[material][:3] for material in Material if material is not Material.AIR}
    names = sorted({name for entry in entries for name, found in entry["sets"].items() if found})
    columns = 3
    rows = -(-(len(names) + 1) // columns)
    figure = Figure(figsize=(4 * columns, 2.8 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    losses = [(entry["step"], entry["loss"]) for entry in entries if entry.get("loss") is not None]
    axes[0].plot(*zip(*losses, strict=True) if losses else ([], []), color="black")
    axes[0].set_title("training loss")
    for axis, name in zip(axes[1:], names, strict=False):
        classes = sorted({key for entry in entries for key in entry["sets"].get(name, {})})
        for key in classes:
            points = [
                (entry["step"], entry["sets"][name][key]) for entry in entries if key in entry["sets"].get(name, {})
            ]
            axis.plot(*zip(*points, strict=True), label=key, color=colours.get(key, "black"))
        axis.set(title=name, ylim=(0, 1))
        axis.grid(alpha=0.3)
        axis.legend(fontsize=7, loc="lower right")
    for axis in axes[len(names) + 1 :]:
        axis.set_axis_off()
    with replacing(path) as temporary, open(temporary, "wb") as stream:
        figure.savefig(stream, format="png", dpi=80)
