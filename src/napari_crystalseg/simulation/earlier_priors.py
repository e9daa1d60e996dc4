"""Priors as earlier versions wrote them: they kept the materials of four liquors in the section conditions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import InputError

# What stood in the section conditions, and what it is called in the section materials.
_MOVED = {
    "crystal_to_liquor": "crystal_to_liquor",
    "measured_crystal": "measured_crystal",
    "mount_to_liquor": "mount_to_liquor",
    "measured_mount": "measured_mount",
    "salt_to_liquor": "salt_to_liquor",
    "solvent_fraction": "solvent_fraction",
    "liquor_density": "liquor_density",
    "glycerol": "cryoprotected",
    "kapton": "kapton",
}


def with_materials_apart(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """Put what a record has of materials in its section conditions into its section materials.

    Parameters
    ----------
    record : mapping
        Priors of this version or an earlier one, JSON values.

    Returns
    -------
    mapping
        As this version writes them. Where an earlier version wrote both sections in full, materials were drawn from
        recipes, and those of conditions are left out, as they had no effect.

    Raises
    ------
    InputError
        Both sections say something of materials, and it cannot be known which is meant.
    """
    conditions, materials = record.get("conditions"), record.get("materials")
    if not isinstance(conditions, Mapping) or not (isinstance(materials, Mapping) or materials is None):
        return record
    moved = {key: value for key, value in conditions.items() if key in _MOVED}
    if not moved:
        return record
    if materials is None:
        materials = {"liquors": "four"} | {_MOVED[key]: value for key, value in moved.items()}
    elif "liquors" in materials or len(moved) < len(_MOVED):
        raise InputError(
            f"{', '.join(moved)} in the section conditions of the priors would have no effect beside the section "
            "materials; move what is meant there, and leave out the rest."
        )
    kept = {key: value for key, value in conditions.items() if key not in _MOVED}
    return {**record, "conditions": kept, "materials": materials}
