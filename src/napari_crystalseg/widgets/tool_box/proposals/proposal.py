"""What a tool would do to labels under a policy, and the picture of it; without Qt, for a thread."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....box import Box, box_of
from ....class_colours import CLASS_COLOURS
from ....errors import InputError
from ....labels import Material
from ....progress import Progress, silent
from ....review.edits.change import Change
from ....review.edits.policy import EditPolicy
from ....review.tools.class_box import moved_into
from ....review.tools.proposed_change import volume_changes_um3
from ....review.tools.scene import Scene
from ....review.tools.tool import Tool

DRAWN = len(Material) + 1
"""Code of what the hand draws, in the picture of a preview, whose other codes are those of classes and one more."""

COLOURS: dict[int | None, tuple[float, float, float, float]] = {
    None: (0.0, 0.0, 0.0, 0.0),
    0: (0.0, 0.0, 0.0, 0.0),
    **{int(m) + 1: (*CLASS_COLOURS[m][:3], 1.0) for m in Material},
    # What becomes air would not be seen in the colour of air, which is none.
    int(Material.AIR) + 1: (1.0, 1.0, 1.0, 1.0),
    DRAWN: (1.0, 1.0, 0.0, 1.0),
}

_MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True, eq=False)
class Proposal:
    """What a tool would do.

    Parameters
    ----------
    change : Change or None
        What it proposes, as far as the policy allows; None where there is nothing to change.
    box : (slice, slice, slice) or None
        Around what the policy allows of it; None where that is nothing.
    picture : ndarray of uint8, shape of the box, or None
        New class and one more of each voxel that would change, else 0.
    voxels : int
        Voxels that would change.
    held : int
        Voxels that the policy keeps from changing.
    gains_um3 : dict of Material to float
        Volume that each class would win, or lose where negative, µm³.
    """

    change: Change | None
    box: Box | None
    picture: NDArray[np.uint8] | None
    voxels: int
    held: int
    gains_um3: dict[Material, float]

    @property
    def text(self) -> str:
        """What would change, in one line."""
        if self.change is None:
            return "Nothing to change."
        held = f" {_number(self.held)} voxels stay, as edits are limited." if self.held else ""
        if not self.voxels:
            return f"Nothing would change.{held}"
        parts = [
            f"{material.title} {'+' if volume > 0 else _MINUS}{_volume(abs(volume))}"
            for material, volume in self.gains_um3.items()
            if volume
        ]
        volumes = ", ".join(parts) + " µm³" if parts else "volumes stay"
        return f"{_number(self.voxels)} voxels: {volumes}.{held}"


def propose(tool: Tool, scene: Scene, policy: EditPolicy, progress: Progress = silent) -> Proposal:
    """Ask a tool, and hold its answer against a policy.

    Parameters
    ----------
    tool : Tool
        The tool with its parameters.
    scene : Scene
        What it looks at; its voxel values may lie in a file, and are read here.
    policy : EditPolicy
        What may be touched.
    progress : Progress
        Handed to tools that take long; cancels them by raising.

    Returns
    -------
    Proposal
        Codes that are no class stay as they are in it.

    Raises
    ------
    InputError
        Whatever the tool misses, or a window of voxel values without a volume.
    """
    labels, odd = scene.labels, None
    values = None if scene.values is None else _real(scene.values)
    if labels.max() > max(Material):
        # Voxels of no class are none of a tool's: it takes them for other, and they stay.
        odd = labels > max(Material)
        scene = replace(scene, labels=np.where(odd, np.uint8(Material.OTHER), labels))
    scene = replace(scene, values=values, progress=progress)
    change = tool.propose(scene)
    if change is not None and odd is not None:
        change = Change(change.box, change.mask & ~odd[change.box], change.labels)
    if change is None:
        return Proposal(None, None, None, 0, 0, volume_changes_um3(labels, None, scene.voxel_size_um))
    differs = change.mask & (labels[change.box] != change.labels)
    allowed = policy.allowed(change, labels, values)
    gains = volume_changes_um3(labels, Change(change.box, allowed, change.labels), scene.voxel_size_um)
    voxels = int(np.count_nonzero(allowed))
    held = int(np.count_nonzero(differs)) - voxels
    inner = box_of(allowed)
    if inner is None:
        return Proposal(change, None, None, 0, held, gains)
    # No larger than what would change, so that it is quickly made.
    change = Change(moved_into(inner, change.box), allowed[inner], change.labels[inner])
    picture = np.where(change.mask, change.labels + np.uint8(1), np.uint8(0))
    return Proposal(change, change.box, picture, voxels, held, gains)


def _real(values: Any) -> NDArray[Any]:
    """Voxel values in memory, as numbers that can be subtracted."""
    known = np.asarray(values)
    if known.dtype == bool:
        return known.view(np.uint8)
    if not (np.issubdtype(known.dtype, np.integer) or np.issubdtype(known.dtype, np.floating)):
        raise InputError(f"The volume must hold real numbers, not {known.dtype}.")
    return known


def _number(count: int) -> str:
    return f"{count:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def _volume(volume_um3: float) -> str:
    return _number(round(volume_um3)) if volume_um3 >= 100 else f"{volume_um3:.3g}"
