"""What teaching did, in a sentence or two."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...labels import Material
from ...review.edits.edit import Edit
from ..class_labels.class_table import volume_text

_MINUS = "\N{MINUS SIGN}"


def changed_text(edit: Edit | None, voxel_size_um: tuple[float, float, float] | None, held: int) -> str:
    """Say how much an edit changed of each class.

    Parameters
    ----------
    edit : Edit or None
        What was changed; None where nothing was.
    voxel_size_um : (float, float, float) or None
        Voxel size along (z, y, x), µm; changes are counted in voxels where it is not known.
    held : int
        Voxels that would have changed, had edits not been limited.
    """
    stays = f" {held} voxels stay, as edits are limited." if held else ""
    if edit is None:
        return f"Nothing changed{'.' if held else ': the labels are as the strokes show them.'}{stays}"
    unit, voxel = ("voxels", 1.0) if voxel_size_um is None else ("µm³", float(np.prod(voxel_size_um)))
    codes = [np.bincount(one, weights=edit.lengths, minlength=256) for one in (edit.after, edit.before)]
    gains = {material: float(codes[0][material] - codes[1][material]) * voxel for material in Material}
    parts = [
        f"{material.title} {'+' if gain > 0 else _MINUS}{volume_text(abs(gain))}"
        for material, gain in gains.items()
        if gain
    ]
    volumes = f": {', '.join(parts)} {unit}" if parts else ", and each class keeps its volume"
    return f"{edit.voxels} voxels changed{volumes}.{stays}"


def trust_text(trust: Mapping[Material, float], network: bool) -> str:
    """Say how far what was known before the strokes was trusted.

    Parameters
    ----------
    trust : mapping of Material to float
        Weight in each class, 0 to 1; empty where nothing was known.
    network : bool
        Whether a network said it, and not the labels before.
    """
    if not trust:
        return "The strokes alone decided."
    who = "the network" if network else "the labels before"
    classes: dict[str, list[str]] = {}
    for material, weight in sorted(trust.items(), key=lambda one: (-round(one[1], 2), one[0])):
        classes.setdefault(f"{100 * weight:.0f} %", []).append(material.title)
    said = "; ".join(f"{weight} in {', '.join(names)}" for weight, names in classes.items())
    return f"What {who} said was trusted {said}."
