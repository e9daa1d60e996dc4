"""What limits edits, in a sentence."""

from __future__ import annotations

from collections.abc import Iterable

from ...labels import Material
from ...review.edits.policy import EditPolicy


def policy_sentence(policy: EditPolicy) -> str:
    """Say what edits are limited to, such as "Edits change only liquor; loop is locked."; empty where nothing is.

    Parameters
    ----------
    policy : EditPolicy
        What edits may touch.
    """
    where = []
    if policy.over is not None:
        where.append(f"only {_listed(policy.over)}" if policy.over else "nothing, as no class is chosen")
    if policy.window is not None:
        low, high = policy.window
        where.append(f"only voxel values from {low:g} to {high:g}")
    parts = [f"Edits change {' and '.join(where)}"] if where else []
    if policy.locked:
        parts.append(f"{_listed(policy.locked)} {'is' if len(policy.locked) == 1 else 'are'} locked")
    if policy.region is not None:
        parts.append("nothing changes outside the region")
    if policy.kept is not None:
        parts.append("places that are ticked stay as they are")
    if not parts:
        return ""
    sentence = "; ".join(parts)
    return f"{sentence[0].upper()}{sentence[1:]}."


def _listed(classes: Iterable[Material]) -> str:
    *first, last = (material.title for material in sorted(classes))
    return f"{', '.join(first)} and {last}" if first else last
