"""Random samples: the ranges that a network must have seen.

Sizes are drawn in units of the field of view, because beamlines choose the field to fit the sample. The ranges follow
what tomograms of long-wavelength beamlines show: crystals in the liquor, flush with its surface or outside it;
nylon loops and polymer sheets; from a bare crystal to a drop that swallows the loop.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks import checked_chances, checked_number, checked_range
from ..errors import InputError
from .crystal import Crystal
from .crystal_ranges import CrystalRanges, grow_crystals
from .habit import PRESETS
from .liquor import Liquor
from .liquor_surface import SURFACES, draw_composition, settled
from .mount import FibreLoop, PolymerSheet
from .polyhedron import Polyhedron
from .protein import HABITS
from .sample import Sample

LARGEST_EXTENT = 0.84
"""Largest crystal that is grown in true micrometres, in units of the field."""


def _neutral(default: Any) -> Any:
    """Field that came later: records leave it out where it is as by default, so that they stay as they were."""
    return field(default=default, metadata={"neutral": True})


@dataclass(frozen=True)
class SamplePriors:
    """Ranges and chances that samples are drawn from.

    Parameters
    ----------
    mount : tuple of float
        Chances of a fibre loop, a polymer sheet, and no mount in the field.
    placement : tuple of float
        Chances that the crystal is inside the liquor, flush with its surface, or outside.
    liquor : tuple of float
        Chances of a starved lens, a full one, an overfull drop, and next to none.
    crystal_count : tuple of float
        Chances of one, two, three and four crystals.
    crystal_reach : (float, float)
        From the centre to the farthest corner of the largest crystal, in units of the field; log-uniform.
    crack : float
        Chance of cracks.
    other : tuple of float
        Chances of nothing, bubbles, and salt.
    shapeless : float
        Chance of a crystal of no particular habit; else one of the four of ``PRESETS``.
    distance_sigma, face_sigma : float
        Spread of the faces' central distances, log-normal, a form and a face at a time.
    largest_aspect : float
        Length to thickness at most.
    rounded : float
        Chance of rounded edges.
    rounding : (float, float)
        Their radius, in units of the crystal's reach.
    crack_width : (float, float)
        Width of cracks, as all that follow in units of the field.
    mount_length, fibre_radius, sheet_thickness : (float, float)
        Half length of the mount, radius of a loop's fibre, and thickness of a sheet.
    mount_width, aperture : (float, float)
        Width over length of the mount, and size of a sheet's aperture over that of the sheet.
    sheet_bend : (float, float)
        Radius that a sheet is bent to; log-uniform.
    film_depth, starved_depth, lens_depth, overfull_depth : (float, float)
        Half thickness of the liquor in the mount where there is next to none, little, a lens, and a drop.
    bubble_radius, salt_reach : (float, float)
        Radius of bubbles, log-uniform, and from the centre to the farthest corner of grains of salt.
    liquor_surface : str
        Shape of the liquor: ``draped`` is a lens with films, blended smoothly; ``capillary`` lets the same volume come
        to rest at contact angles; ``blender`` pours it in Blender's fluid engine. All else is drawn alike.
    crystal_angle_deg, mount_angle_deg : (float, float)
        Contact angles on crystal and mount, degrees; for a ``capillary`` surface.
    gradient : float
        Chance that the concentration of the liquor's solutes runs evenly in some direction.
    gradient_change : (float, float)
        By which part of the mean from one side of the field to the other.
    skin : float
        Chance that the liquor is richer at its surface, where it has dried.
    skin_excess : (float, float)
        By which part of the concentration inside.
    skin_thickness : (float, float)
        Depth at which the excess has fallen to 1/e, in units of the field; log-uniform.

    Raises
    ------
    InputError
        Chances that do not add up to 1, or a value out of range.
    """

    mount: tuple[float, float, float]
    placement: tuple[float, float, float]
    liquor: tuple[float, float, float, float]
    crystal_count: tuple[float, float, float, float]
    crystal_reach: tuple[float, float]
    crack: float
    other: tuple[float, float, float]
    shapeless: float = 0.4
    distance_sigma: float = 0.25
    face_sigma: float = 0.12
    largest_aspect: float = 8.0
    rounded: float = 0.5
    rounding: tuple[float, float] = (0.0, 0.05)
    crack_width: tuple[float, float] = (0.004, 0.02)
    mount_length: tuple[float, float] = (0.22, 0.55)
    fibre_radius: tuple[float, float] = (0.018, 0.055)
    sheet_thickness: tuple[float, float] = (0.026, 0.085)
    mount_width: tuple[float, float] = (0.5, 1.0)
    aperture: tuple[float, float] = (0.35, 0.85)
    sheet_bend: tuple[float, float] = (0.5, 20.0)
    film_depth: tuple[float, float] = (0.0, 0.02)
    starved_depth: tuple[float, float] = (0.03, 0.07)
    lens_depth: tuple[float, float] = (0.07, 0.22)
    overfull_depth: tuple[float, float] = (0.16, 0.36)
    bubble_radius: tuple[float, float] = (0.02, 0.09)
    salt_reach: tuple[float, float] = (0.02, 0.07)
    liquor_surface: str = _neutral("draped")
    crystal_angle_deg: tuple[float, float] = _neutral((10.0, 70.0))
    mount_angle_deg: tuple[float, float] = _neutral((10.0, 70.0))
    gradient: float = _neutral(0.0)
    gradient_change: tuple[float, float] = _neutral((0.05, 0.4))
    skin: float = _neutral(0.0)
    skin_excess: tuple[float, float] = _neutral((0.1, 1.0))
    skin_thickness: tuple[float, float] = _neutral((0.008, 0.04))

    def __post_init__(self) -> None:
        checked: dict[str, Any] = {
            "mount": checked_chances(self.mount, "mount", ("fibre", "sheet", "none")),
            "placement": checked_chances(self.placement, "placement", ("inside", "flush", "outside")),
            "liquor": checked_chances(self.liquor, "liquor", ("starved", "lens", "overfull", "none")),
            "crystal_count": checked_chances(self.crystal_count, "crystal_count", ("one", "two", "three", "four")),
            "other": checked_chances(self.other, "other", ("nothing", "bubbles", "salt")),
            # Half of the diagonal of the field: nothing larger is seen.
            "crystal_reach": checked_range(self.crystal_reach, "crystal_reach", 0.01, 0.87),
            "largest_aspect": checked_number(self.largest_aspect, "largest_aspect", 2.0, 100.0),
            "sheet_bend": checked_range(self.sheet_bend, "sheet_bend", 0.2, 1e6),
        }
        if self.liquor_surface not in SURFACES:
            raise InputError(f"liquor_surface must be one of {', '.join(SURFACES)}, not {self.liquor_surface!r}.")
        for name in ("crack", "shapeless", "rounded", "gradient", "skin"):
            checked[name] = checked_number(getattr(self, name), name, 0.0, 1.0)
        for name in ("distance_sigma", "face_sigma"):
            checked[name] = checked_number(getattr(self, name), name, 0.0, 0.5)
        for name in ("crystal_angle_deg", "mount_angle_deg"):
            checked[name] = checked_range(getattr(self, name), name, 0.0, 180.0)
        # Steeper, and the poor side of the field would be bare of solutes.
        checked["gradient_change"] = checked_range(self.gradient_change, "gradient_change", 0.0, 1.0)
        checked["skin_excess"] = checked_range(self.skin_excess, "skin_excess", -1.0, 10.0)
        for name in ("rounding", "film_depth"):
            checked[name] = checked_range(getattr(self, name), name, 0.0, 0.5)
        positive = "crack_width mount_length fibre_radius sheet_thickness mount_width aperture starved_depth lens_depth"
        for name in f"{positive} overfull_depth bubble_radius salt_reach skin_thickness".split():
            checked[name] = checked_range(getattr(self, name), name, 1e-4, 1.0)
        for name, value in checked.items():
            object.__setattr__(self, name, value)


TYPICAL = SamplePriors(
    mount=(0.47, 0.5, 0.03),
    placement=(0.65, 0.27, 0.08),
    liquor=(0.12, 0.6, 0.25, 0.03),
    crystal_count=(0.92, 0.06, 0.02, 0.0),
    crystal_reach=(0.24, 0.42),
    crack=0.05,
    other=(0.8, 0.13, 0.07),
)
"""What a beamline sees on most days."""

WIDE = SamplePriors(
    mount=(0.45, 0.47, 0.08),
    placement=(0.55, 0.3, 0.15),
    liquor=(0.15, 0.5, 0.27, 0.08),
    crystal_count=(0.8, 0.12, 0.05, 0.03),
    crystal_reach=(0.12, 0.42),
    crack=0.15,
    other=(0.62, 0.23, 0.15),
)
"""What a network must have seen: rarer and harder samples as well."""


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
        Name of the habit, a key of :data:`napari_crystalseg.phantom.protein.HABITS`; drawn from
        ``PRESETS`` and shapeless ones when left out.
    priors : SamplePriors
        Ranges and chances.
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
    crystals: tuple[Polyhedron | Crystal, ...]
    if ranges is None:
        crystals, habit = _crystals(rng, priors, field_um, opening, depth, pose, centre, placement, preset)
    else:
        crystals, habit = _grown(rng, ranges, field_um, opening, depth, pose, centre, placement, preset)
    liquor = _liquor(rng, amount, opening, depth, pose, centre, field_um)
    first = body if isinstance(body := crystals[0], Polyhedron) else body.parts[0]
    cracks, crack_width = _cracks(rng, priors, first, field_um) if ranges is None else (np.zeros((0, 4)), 0.0)
    other = str(rng.choice(["none", "bubbles", "salt"], p=priors.other))
    bubbles = _bubbles(rng, priors, first, opening, field_um) if other == "bubbles" else np.zeros((0, 4))
    inclusions = _salt(rng, priors, opening, pose, centre, field_um) if other == "salt" else ()
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
    sample = Sample(crystals, mount, liquor, cracks, crack_width, inclusions, bubbles, description)
    # Children of the generator: what follows takes nothing from the stream of all that is drawn before and after.
    surface_rng, composition_rng = rng.spawn(2)
    sample = settled(sample, priors.liquor_surface, surface_rng, priors.crystal_angle_deg, priors.mount_angle_deg)
    composition = draw_composition(composition_rng, priors, field_um)
    return sample if composition is None else replace(sample, composition=composition)


def _random_rotation(rng: np.random.Generator) -> NDArray[np.float64]:
    # A uniform rotation from a random unit quaternion (Shoemake 1992).
    w, x, y, z = (q := rng.normal(size=4)) / np.linalg.norm(q)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


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
    return flip @ tilt @ spin


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


def _crystals(
    rng: np.random.Generator,
    priors: SamplePriors,
    field_um: float,
    opening: tuple[float, float],
    depth: float,
    pose: NDArray[np.float64],
    centre: NDArray[np.float64],
    placement: str,
    preset: str | None,
) -> tuple[tuple[Polyhedron, ...], str]:
    count = int(rng.choice([1, 2, 3, 4], p=priors.crystal_count))
    chances = [(1 - priors.shapeless) / len(PRESETS)] * len(PRESETS) + [priors.shapeless]
    habit = preset or str(rng.choice([*PRESETS, "convex"], p=chances))
    largest = float(np.exp(rng.uniform(*np.log(priors.crystal_reach)))) * field_um
    crystals = []
    for n in range(count):
        reach = largest if n == 0 else largest * rng.uniform(0.25, 0.9)
        shape = _one_crystal(rng, priors, habit, reach)
        along, across = rng.uniform(-0.45, 0.45, 2) * np.asarray(opening) * (1 if n == 0 else 1.6)
        place = _place(rng, placement, reach, depth, opening, pose, centre, field_um, along, across)
        crystals.append(Polyhedron(shape.normals, shape.distances_um, place, shape.rounding_um))
    return tuple(crystals), habit


def _place(
    rng: np.random.Generator,
    placement: str,
    reach: float,
    depth: float,
    opening: tuple[float, float],
    pose: NDArray[np.float64],
    centre: NDArray[np.float64],
    field_um: float,
    along: float,
    across: float,
) -> NDArray[np.float64]:
    # A crystal in the liquor sits near the mount's plane, a flush one sticks out, an outside one lies on top.
    lift = {
        "inside": rng.normal(0, 0.25) * reach,
        "flush": depth * rng.uniform(0.6, 1.0),
        "outside": depth + reach * rng.uniform(0.25, 0.5),
    }
    side = 1 if rng.random() < 0.5 else -1
    if placement == "outside" and rng.random() < 0.3:
        along = -side * rng.uniform(0.9, 1.3) * opening[0]
    place = centre + pose @ np.array([along, side * lift[placement], across])
    limit = max(0.46 * field_um - 0.5 * reach, 0.0)
    return np.clip(place, -limit, limit)


def _grown(
    rng: np.random.Generator,
    ranges: CrystalRanges,
    field_um: float,
    opening: tuple[float, float],
    depth: float,
    pose: NDArray[np.float64],
    centre: NDArray[np.float64],
    placement: str,
    preset: str | None,
) -> tuple[tuple[Crystal, ...], str]:
    """Grow crystals in true micrometres, and put all of them to one place."""
    low, high = (min(extent, LARGEST_EXTENT * field_um) for extent in ranges.extent_um)
    habit = HABITS[preset] if preset else None
    crystals, drawn = grow_crystals(rng, replace(ranges, extent_um=(low, high)), habit)
    reach = 0.5 * drawn["crystals"][0]["extent_um"]
    along, across = rng.uniform(-0.45, 0.45, 2) * np.asarray(opening)
    place = _place(rng, placement, reach, depth, opening, pose, centre, field_um, along, across)
    return tuple(crystal.moved(place) for crystal in crystals), str(drawn["habit"])


def _one_crystal(rng: np.random.Generator, priors: SamplePriors, habit: str, reach: float) -> Polyhedron:
    """Grow one crystal, turned at random, whose corners reach as far as ``reach`` (µm)."""
    rounding = rng.uniform(*priors.rounding) * reach if rng.random() < priors.rounded else 0.0
    if habit == "convex":
        grown = _convex(rng, priors.largest_aspect)
    else:
        forms = HABITS[habit].forms
        while True:
            distances = {
                form.miller: form.distance * float(np.exp(rng.normal(0, priors.distance_sigma))) for form in forms
            }
            grown = HABITS[habit].polyhedron(1.0, distances)
            # Each face grows a little on its own, so that no crystal is perfectly symmetric.
            own = grown.distances_um * np.exp(rng.normal(0, priors.face_sigma, len(grown.distances_um)))
            grown = Polyhedron(grown.normals, own, np.zeros(3))
            if _aspect(grown) < priors.largest_aspect:
                break
    grown = grown.rotated(_random_rotation(rng))
    scale = reach / grown.radius_um()
    return Polyhedron(grown.normals, grown.distances_um * scale, np.zeros(3), rounding)


def _convex(rng: np.random.Generator, largest_aspect: float) -> Polyhedron:
    """Draw a crystal of no particular habit: a stretched box with some of its corners cut."""
    while True:
        extra = rng.normal(size=(int(rng.integers(0, 9)), 3))
        normals = np.vstack([np.eye(3), -np.eye(3), extra])
        stretch = np.exp(rng.uniform(np.log(0.3), 0, 3))
        normals = normals / stretch
        lengths = np.linalg.norm(normals, axis=1)
        distances = rng.uniform(0.7, 1.1, len(normals)) / lengths
        grown = Polyhedron(normals / lengths[:, None], distances, np.zeros(3))
        if _aspect(grown) < largest_aspect:
            return grown


def _aspect(crystal: Polyhedron) -> float:
    spread = np.linalg.svd(crystal.vertices_um() - crystal.vertices_um().mean(axis=0), compute_uv=False)
    return float(spread[0] / spread[-1])


def _liquor(
    rng: np.random.Generator,
    amount: str,
    opening: tuple[float, float],
    depth: float,
    pose: NDArray[np.float64],
    centre: NDArray[np.float64],
    field_um: float,
) -> Liquor | None:
    if amount == "none":
        # Bare crystal, or no more than a thin film on it.
        if rng.random() < 0.4:
            return None
        return Liquor(None, pose, centre, rng.uniform(0.01, 0.04) * field_um, -1e5, 0.0, np.zeros((0, 5)))
    along, across = opening
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
    place = centre + pose @ np.array([rng.normal(0, 0.1) * along, rng.normal(0, 0.25) * depth, 0.0])
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


def _bubbles(
    rng: np.random.Generator,
    priors: SamplePriors,
    crystal: Polyhedron,
    opening: tuple[float, float],
    field_um: float,
) -> NDArray[np.float64]:
    count = int(rng.integers(1, 7))
    near = crystal.centre_um + rng.normal(size=(count, 3)) * 0.5 * np.mean(opening)
    low, high = np.log(priors.bubble_radius)
    radius = np.exp(rng.uniform(low, high, count)) * field_um
    return np.column_stack([near, radius])


def _salt(
    rng: np.random.Generator,
    priors: SamplePriors,
    opening: tuple[float, float],
    pose: NDArray[np.float64],
    centre: NDArray[np.float64],
    field_um: float,
) -> tuple[Polyhedron, ...]:
    grains = []
    for _ in range(int(rng.integers(1, 5))):
        grain = _one_crystal(rng, priors, "convex", rng.uniform(*priors.salt_reach) * field_um)
        along, across = rng.uniform(-1, 1, 2) * np.asarray(opening)
        place = centre + pose @ np.array([along, rng.normal(0, 0.06) * field_um, across])
        grains.append(Polyhedron(grain.normals, grain.distances_um, place))
    return tuple(grains)
