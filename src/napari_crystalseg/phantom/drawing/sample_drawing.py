"""Random samples: mount, crystals, liquor and what else is in it, drawn from declared priors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..crystals.crystal import Crystal
from ..crystals.habits import HABITS
from ..crystals.polyhedron import Polyhedron
from ..liquors.liquor import Liquor
from ..mounts.mount import FibreLoop, Mount, PolymerSheet
from ..sample import Sample
from .crystal_drawing import draw_crystal, draw_crystals, grow_crystals_in
from .crystal_ranges import CrystalRanges
from .frame import Frame
from .liquor_surface import draw_composition, settled
from .mount_choice import choose_mount
from .sample_priors import TYPICAL, SamplePriors


def draw_sample(
    rng: np.random.Generator,
    field_um: float,
    preset: str | None = None,
    priors: SamplePriors = TYPICAL,
    ranges: CrystalRanges | None = None,
) -> Sample:
    """Draw a random sample that fits a field of view.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every draw.
    field_um : float
        Edge of the field of view, µm.
    preset : str, optional
        Name of the habit, a key of :data:`napari_crystalseg.phantom.crystals.habits.HABITS`; drawn from
        ``PRESETS`` and shapeless ones when left out.
    priors : SamplePriors
        Ranges and probabilities.
    ranges : CrystalRanges, optional
        Grow the crystals from these instead, in true micrometres, as far as the field holds them: with twins, bites,
        fragments, dissolved faces and clusters.

    Returns
    -------
    Sample
        Its ``description`` tells every draw that shapes it.

    Raises
    ------
    InputError
        Unknown preset, or a field that is not positive.
    """
    if preset is not None and preset not in HABITS:
        raise InputError(f"Unknown habit {preset!r}; choose one of {', '.join(HABITS)}.")
    if not (np.isfinite(field_um) and field_um > 0):
        raise InputError(f"The field of view must be positive, not {field_um} µm.")
    pose = _pose(rng)
    kind = str(rng.choice(["fibre", "sheet", "none"], p=priors.mount))
    length = rng.uniform(*priors.mount_length) * field_um
    width = length * rng.uniform(*priors.mount_width)
    centre = rng.uniform(-0.08, 0.08, 3) * field_um
    mount: Mount | None
    mount, opening = _mount(rng, priors, kind, length, width, pose, centre, field_um)

    placement = str(rng.choice(["inside", "flush", "outside"], p=priors.placement))
    amount = str(rng.choice(["starved", "lens", "overfull", "none"], p=priors.liquor))
    depths = {
        "none": priors.film_depth,
        "starved": priors.starved_depth,
        "lens": priors.lens_depth,
        "overfull": priors.overfull_depth,
    }
    depth = field_um * rng.uniform(*depths[amount])
    frame = Frame(pose, centre, opening, depth, field_um)
    crystals: tuple[Polyhedron | Crystal, ...]
    if ranges is None:
        crystals, habit = draw_crystals(rng, priors, frame, placement, preset)
    else:
        crystals, habit = grow_crystals_in(rng, ranges, frame, placement, preset)
    # Children of the generator: what they give takes nothing from the stream of all that is drawn before and after.
    surface_rng, composition_rng, *later = rng.spawn(3 if priors.mount_catalogue else 2)
    sold: str | None = None
    if later and later[0].random() < priors.mount_catalogue:
        chosen = choose_mount(later[0], kind, frame, crystals)
        if chosen:
            sold, mount, frame = chosen
    liquor = _liquor(rng, amount, frame)
    first = body if isinstance(body := crystals[0], Polyhedron) else body.parts[0]
    cracks, crack_width = _cracks(rng, priors, first, field_um) if ranges is None else (np.zeros((0, 4)), 0.0)
    other = str(rng.choice(["none", "bubbles", "salt"], p=priors.other))
    bubbles = _bubbles(rng, priors, first, frame) if other == "bubbles" else np.zeros((0, 4))
    inclusions = _salt(rng, priors, frame) if other == "salt" else ()
    description = {
        "habit": habit,
        "crystals": len(crystals),
        "placement": placement,
        "mount": kind,
        "liquor": amount,
        "other": other,
        "cracks": len(cracks),
        "field_um": float(field_um),
    }
    if sold:
        description["mount_catalogue"] = sold
    sample = Sample(crystals, mount, liquor, cracks, crack_width, inclusions, bubbles, description)
    angles = priors.crystal_angle_deg, priors.mount_angle_deg
    sample = settled(
        sample,
        priors.liquor_surface,
        surface_rng,
        *angles,
        film=priors.film,
        film_thickness=priors.film_thickness,
        whole_bubbles=priors.whole_bubbles,
    )
    composition = draw_composition(composition_rng, priors, field_um)
    return sample if composition is None else replace(sample, composition=composition)


def _pose(rng: np.random.Generator) -> NDArray[np.float64]:
    # Stem near the rotation axis, leaning by a few degrees (seldom far), at any angle about the axis.
    turn = rng.uniform(0, 2 * np.pi)
    lean = np.deg2rad(abs(rng.normal(0, 8 if rng.random() < 0.8 else 35)))
    about = rng.uniform(0, 2 * np.pi)
    c, s = np.cos(turn), np.sin(turn)
    spin = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    axis = np.array([0.0, np.cos(about), np.sin(about)])
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    tilt = np.eye(3) + np.sin(lean) * cross + (1 - np.cos(lean)) * cross @ cross
    flip = np.diag([1.0, 1.0, 1.0]) if rng.random() < 0.5 else np.diag([-1.0, -1.0, 1.0])
    rotation: NDArray[np.float64] = flip @ tilt @ spin
    return rotation


def _mount(
    rng: np.random.Generator,
    priors: SamplePriors,
    kind: str,
    length: float,
    width: float,
    pose: NDArray[np.float64],
    centre: NDArray[np.float64],
    field_um: float,
) -> tuple[FibreLoop | PolymerSheet | None, tuple[float, float]]:
    """Return the mount and the half extents of its opening along and across the stem, µm."""
    if kind == "fibre":
        radius = rng.uniform(*priors.fibre_radius) * field_um
        mount = FibreLoop(length, width, radius, rng.uniform(0, 1.0), pose, centre, rng.uniform(-0.1, 0.1) * field_um)
        return mount, (max(length - radius, 0.1 * field_um), max(width - radius, 0.1 * field_um))
    aperture = rng.uniform(*priors.aperture)
    if kind == "sheet":
        thickness = rng.uniform(*priors.sheet_thickness) * field_um
        bend = field_um * float(np.exp(rng.uniform(*np.log(priors.sheet_bend))))
        sheet = PolymerSheet(length, width, aperture, thickness, bend, pose, centre)
        return sheet, (aperture * length, aperture * width)
    return None, (aperture * length, aperture * width)


def _liquor(rng: np.random.Generator, amount: str, frame: Frame) -> Liquor | None:
    pose, centre, field_um, depth = frame.rotation, frame.centre_um, frame.field_um, frame.depth_um
    if amount == "none":
        # Bare crystal, or no more than a thin film on it.
        if rng.random() < 0.4:
            return None
        return Liquor(None, pose, centre, rng.uniform(0.01, 0.04) * field_um, -1e5, 0.0, np.zeros((0, 5)))
    along, across = frame.opening_um
    spread = {
        "starved": rng.uniform(0.85, 1.1),
        "lens": rng.uniform(0.9, 1.2),
        "overfull": rng.uniform(1.1, 1.6),
    }[amount]
    axes = (
        min(along * spread * rng.uniform(0.85, 1.15), 0.55 * field_um),
        depth,
        min(across * spread * rng.uniform(0.85, 1.15), 0.55 * field_um),
    )
    place = frame.place([rng.normal(0, 0.1) * along, rng.normal(0, 0.25) * depth, 0.0])
    waves = np.zeros((int(rng.integers(0, 5)), 5))
    for wave in waves:
        wave[:3] = rng.normal(size=3) * 2 * np.pi / (rng.uniform(0.35, 1.0) * field_um)
        wave[3] = rng.uniform(0, 2 * np.pi)
        wave[4] = rng.uniform(0, 0.018) * field_um
    film = rng.uniform(0.005, 0.05) if rng.random() < 0.5 else rng.uniform(-0.03, 0.0)
    mount_film = rng.uniform(0.0, 0.02) if rng.random() < 0.3 else rng.uniform(-0.08, -0.01)
    return Liquor(
        axes,
        pose,
        place,
        film * field_um,
        mount_film * field_um,
        rng.uniform(0.02, 0.15) * field_um,
        waves,
    )


def _cracks(
    rng: np.random.Generator, priors: SamplePriors, crystal: Polyhedron, field_um: float
) -> tuple[NDArray[np.float64], float]:
    if rng.random() > priors.crack:
        return np.zeros((0, 4)), 0.0
    cracks = np.zeros((int(rng.integers(1, 3)), 4))
    for crack in cracks:
        normal = rng.normal(size=3)
        normal /= np.linalg.norm(normal)
        crack[:3] = normal
        crack[3] = normal @ crystal.centre_um + rng.uniform(-0.4, 0.4) * crystal.distances_um.min()
    return cracks, rng.uniform(*priors.crack_width) * field_um


def _bubbles(rng: np.random.Generator, priors: SamplePriors, crystal: Polyhedron, frame: Frame) -> NDArray[np.float64]:
    count = int(rng.integers(1, 7))
    near = crystal.centre_um + rng.normal(size=(count, 3)) * 0.5 * np.mean(frame.opening_um)
    low, high = np.log(priors.bubble_radius)
    radius = np.exp(rng.uniform(low, high, count)) * frame.field_um
    return np.column_stack([near, radius])


def _salt(rng: np.random.Generator, priors: SamplePriors, frame: Frame) -> tuple[Polyhedron, ...]:
    grains = []
    for _ in range(int(rng.integers(1, 5))):
        grain = draw_crystal(rng, priors, "convex", rng.uniform(*priors.salt_reach) * frame.field_um)
        along, across = rng.uniform(-1, 1, 2) * np.asarray(frame.opening_um)
        place = frame.place([along, rng.normal(0, 0.06) * frame.field_um, across])
        grains.append(Polyhedron(grain.normals, grain.distances_um, place))
    return tuple(grains)
