"""New phantoms from corrected labels, which keep what the scientist drew."""

from __future__ import annotations

import numpy as np

from ...checks import checked_voxel_size
from ...errors import InputError
from ...labels import Labels, Material
from ..crystals.habits import HABITS
from .crystal_swap import swap_crystals
from .deformation import Deformation
from .mount_thickness import change_mount, mount_thickness_um
from .pose import Pose
from .refilling import refill_liquor
from .resampling import fitting_shape, resample
from .variant import Variant


class LostClassError(InputError):
    """A variant has lost a class that the labels have."""


def draw_variant(rng: np.random.Generator, labels: Labels) -> Variant:
    """Draw a variant that suits some labels.

    Always another pose (mirrors, any turn about the rotation axis, a lean of some degrees, a small shift). Often a
    deformation (strain to 0.6), another crystal (three in four: a new habit or only a new size, 0.7 to 1.25), a mount
    0.7 to 1.5 times as thick, and 0.5 to 1.8 times the liquor.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every draw.
    labels : Labels
        Labels to vary.

    Returns
    -------
    Variant

    Raises
    ------
    InputError
        Labels without crystal.
    """
    _check_crystal(labels)
    extent = np.array(labels.shape) * np.array(labels.required_voxel_size_um)
    shift = rng.uniform(-0.04, 0.04, 2) * extent[1:]
    pose = Pose(
        tuple(bool(m) for m in rng.random(3) < 0.5),  # type: ignore[arg-type]
        float(rng.uniform(0, 360)),
        float(np.clip(rng.normal(0, 4), -10, 10)),
        float(rng.uniform(0, 180)),
        (0.0, float(shift[0]), float(shift[1])),
    )
    strain = float(rng.uniform(0.1, 0.6)) if rng.random() < 0.8 else 0.0
    deformation = Deformation.draw(rng, _sample_extent_um(labels), strain) if strain else Deformation()
    kind = str(rng.choice(["habit", "size", "own"], p=[0.5, 0.25, 0.25]))
    habit = str(rng.choice(list(HABITS))) if kind == "habit" else None
    size = float(rng.uniform(0.7, 1.25)) if kind != "own" else 1.0
    thickness = mount_thickness_um(labels)
    mount_change = thickness * float(rng.uniform(-0.3, 0.5)) if rng.random() < 0.7 else 0.0
    liquor: float | None = None
    factor = float(np.exp(rng.uniform(np.log(0.5), np.log(1.8)))) if rng.random() < 0.75 else None
    volumes = labels.volumes_um3()
    if factor is not None and volumes[Material.LIQUOR] > 0:
        # Where little air is left, no more than half of it is filled.
        liquor = min(factor, 1 + 0.5 * volumes[Material.AIR] / volumes[Material.LIQUOR])
    return Variant(pose, deformation, mount_change, habit, size, liquor, int(rng.integers(2**31)))


def make_variant(
    labels: Labels,
    variant: Variant,
    *,
    shape: tuple[int, int, int] | None = None,
    voxel_size_um: float | tuple[float, float, float] | None = None,
) -> Labels:
    """Make a variant of labels.

    Parameters
    ----------
    labels : Labels
        Corrected labels with a crystal; voxels need not be cubes.
    variant : Variant
        What to change.
    shape, voxel_size_um : optional
        Grid of the result; by default voxels as in the labels, and more of them along y and x where the turned sample
        needs them. Finer voxels make the faces of new crystals smoother, not the rest.

    Returns
    -------
    Labels
        Their record holds the variant and the volume of each class.

    Raises
    ------
    LostClassError
        A class of the labels is not in the variant.
    InputError
        Labels without crystal, or a change of what the labels do not have.
    """
    _check_crystal(labels)
    made = resample(labels, variant.pose, variant.deformation, shape=shape, voxel_size_um=voxel_size_um)
    _check_kept(labels, made, "the pose and deformation")
    if variant.mount_change_um:
        made = change_mount(made, variant.mount_change_um)
        _check_kept(labels, made, "the change of the mount's thickness")
    if variant.crystal_habit is not None or variant.crystal_size != 1:
        rng = np.random.default_rng(variant.seed)
        made = swap_crystals(made, variant.crystal_habit, variant.crystal_size, rng)
        _check_kept(labels, made, "the swap of the crystal")
    if variant.liquor_volume is not None:
        made = refill_liquor(made, variant.liquor_volume * labels.volumes_um3()[Material.LIQUOR])
    volumes = {material.title: volume for material, volume in made.volumes_um3().items() if material}
    provenance = labels.provenance.then("vary labels", **variant.to_dict(), class_volume_um3=volumes)
    return Labels(made.data, made.voxel_size_um, provenance)


def variant_shape(
    labels: Labels, variant: Variant, voxel_size_um: float | tuple[float, float, float]
) -> tuple[int, int, int]:
    """Voxels along (z, y, x) of a grid of some voxel size that holds a variant."""
    return fitting_shape(labels, variant.pose, variant.deformation, checked_voxel_size(voxel_size_um))


def _check_crystal(labels: Labels) -> None:
    if not (labels.data == Material.CRYSTAL).any():
        raise InputError("These labels have no crystal (class 3); variants are made of labels that have one.")


def _check_kept(before: Labels, after: Labels, what: str) -> None:
    lost = [m.title for m, v in before.volumes_um3().items() if m and v > 0 and not (after.data == m).any()]
    if lost:
        raise LostClassError(
            f"In {what} the class {', '.join(lost)} was lost: too thin for voxels of {after.voxel_size_um} µm, "
            "or out of the field; use smaller voxels or smaller changes."
        )


def _sample_extent_um(labels: Labels) -> float:
    """Longest side of the box that holds what is not air, µm."""
    filled = [np.flatnonzero(labels.data.any(axis=tuple(a for a in range(3) if a != axis))) for axis in range(3)]
    sides = [(f[-1] + 1 - f[0]) * s for f, s in zip(filled, labels.required_voxel_size_um, strict=True)]
    return float(max(sides))
