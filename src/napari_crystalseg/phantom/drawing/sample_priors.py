"""What random samples are drawn from: the ranges that a network must have seen.

Sizes are drawn in units of the field of view, because beamlines choose the field to fit the sample. The ranges follow
what tomograms of long-wavelength beamlines show: crystals in the liquor, flush with its surface or outside it;
nylon loops and polymer sheets; from a bare crystal to a drop that swallows the loop.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ...checks import checked_number, checked_probabilities, checked_range
from ...errors import InputError

SURFACES = ("draped", "capillary", "blender")
"""Draped over crystal and mount; at rest by surface tension; poured in Blender's fluid engine."""


def _neutral(default: Any) -> Any:
    """Field that came later: records leave it out where it is as by default, so that they stay as they were."""
    return field(default=default, metadata={"neutral": True})


@dataclass(frozen=True)
class SamplePriors:
    """Ranges and probabilities that samples are drawn from.

    Parameters
    ----------
    mount : tuple of float
        Probabilities of a fibre loop, a polymer sheet, and no mount in the field.
    placement : tuple of float
        Probabilities that the crystal is inside the liquor, flush with its surface, or outside.
    liquor : tuple of float
        Probabilities of a starved lens, a full one, an overfull drop, and next to none.
    crystal_count : tuple of float
        Probabilities of one, two, three and four crystals.
    crystal_reach : (float, float)
        From the centre to the farthest corner of the largest crystal, in units of the field; log-uniform.
    crack : float
        Probability of cracks.
    other : tuple of float
        Probabilities of nothing, bubbles, and salt.
    shapeless : float
        Probability of a crystal of no particular habit; else one of the four of ``PRESETS``.
    distance_sigma, face_sigma : float
        Spread of the faces' central distances, log-normal, a form and a face at a time.
    largest_aspect : float
        Ratio of length to thickness at most.
    rounded : float
        Probability of rounded edges.
    rounding : (float, float)
        Their radius, in units of the crystal's circumradius.
    crack_width : (float, float)
        Width of cracks, as all that follow in units of the field.
    mount_length, fibre_radius, sheet_thickness : (float, float)
        Half length of the mount, radius of a loop's fibre, and thickness of a sheet.
    mount_width, aperture : (float, float)
        Width over length of the mount, and size of a sheet's aperture over that of the sheet.
    sheet_bend : (float, float)
        Radius that a sheet is bent to, in units of the field; log-uniform, up to 1000, which is straight to a
        thousandth of the field.
    film_depth, starved_depth, lens_depth, overfull_depth : (float, float)
        Half thickness of the liquor in the mount where there is next to none, little, a lens, and a drop; in units of
        the field.
    bubble_radius, salt_reach : (float, float)
        Radius of bubbles, and from the centre to the farthest corner of grains of salt, in units of the field;
        log-uniform.
    liquor_surface : str
        Shape of the liquor: ``draped`` is a lens with films, blended smoothly; ``capillary`` lets the same volume come
        to rest at contact angles; ``blender`` pours it in Blender's fluid engine. All else is drawn alike.
    crystal_angle_deg, mount_angle_deg : (float, float)
        Contact angles on crystal and mount, degrees; for a ``capillary`` surface.
    gradient : float
        Probability that the concentration of the liquor's solutes runs evenly in some direction.
    gradient_change : (float, float)
        By which part of the mean from one side of the field to the other.
    skin : float
        Probability that the liquor is richer at its surface, where it has dried.
    skin_excess : (float, float)
        By which part of the concentration inside.
    skin_thickness : (float, float)
        Depth at which the excess has fallen to 1/e, in units of the field; log-uniform.
    mount_catalogue : float
        Probability that a fibre loop or sheet is one that is sold, in true micrometres, chosen to fit crystal and
        field; where none fits it is sized by the field as ever.
    film : float
        Probability that a film covers crystal and mount beside a ``capillary`` drop.
    film_thickness : (float, float)
        Its thickness, in units of the field; log-uniform, halved until it takes no more than 0.3 of the liquor.
    whole_bubbles : float
        Probability that the bubbles of a ``capillary`` drop are put where they lie whole inside it; else they are where
        the draped liquor has them, and show as far as they are in the drop.

    Raises
    ------
    InputError
        Probabilities that do not add up to 1, or a value out of range.
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
    mount_catalogue: float = _neutral(0.0)
    film: float = _neutral(0.0)
    film_thickness: tuple[float, float] = _neutral((0.003, 0.015))
    whole_bubbles: float = _neutral(0.0)

    def __post_init__(self) -> None:
        checked: dict[str, Any] = {
            "mount": checked_probabilities(self.mount, "mount", ("fibre", "sheet", "none")),
            "placement": checked_probabilities(self.placement, "placement", ("inside", "flush", "outside")),
            "liquor": checked_probabilities(self.liquor, "liquor", ("starved", "lens", "overfull", "none")),
            "crystal_count": checked_probabilities(
                self.crystal_count, "crystal_count", ("one", "two", "three", "four")
            ),
            "other": checked_probabilities(self.other, "other", ("nothing", "bubbles", "salt")),
            # Half of the diagonal of the field: nothing larger is seen.
            "crystal_reach": checked_range(self.crystal_reach, "crystal_reach", 0.01, 0.87),
            "largest_aspect": checked_number(self.largest_aspect, "largest_aspect", 2.0, 100.0),
            # Of a wider bend, single precision would leave steps in the sheet.
            "sheet_bend": checked_range(self.sheet_bend, "sheet_bend", 0.2, 1e3),
        }
        if self.liquor_surface not in SURFACES:
            raise InputError(f"liquor_surface must be one of {', '.join(SURFACES)}, not {self.liquor_surface!r}.")
        for name in ("crack", "shapeless", "rounded", "gradient", "skin", "mount_catalogue", "film", "whole_bubbles"):
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
        for name in f"{positive} overfull_depth bubble_radius salt_reach skin_thickness film_thickness".split():
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
