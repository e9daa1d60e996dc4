"""What shapes the liquor of a random sample, and how its solutes are spread."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...errors import InputError
from ..liquors.blender_liquor import BlenderLiquor
from ..liquors.capillary_liquor import CapillaryLiquor
from ..liquors.composition import Composition
from ..liquors.liquor import Liquor
from ..sample import Sample
from .sample_priors import SURFACES, SamplePriors

LEAST_LIQUOR = 0.002
"""Liquor that can come to rest as a drop on a grid of 32 voxels, in parts of the field; less stays a film."""

_FULLEST = 0.8
_MOST_IN_FILMS = 0.3  # of the liquor; more, and what is left is no drop


def settled(
    sample: Sample,
    surface: str,
    rng: np.random.Generator,
    crystal_angle_deg: tuple[float, float],
    mount_angle_deg: tuple[float, float],
    film: float = 0.0,
    film_thickness: tuple[float, float] = (0.003, 0.015),
    whole_bubbles: float = 0.0,
) -> Sample:
    """Give a sample another surface of its liquor than the draped one.

    Parameters
    ----------
    sample : Sample
        Sample with a :class:`~.liquor.Liquor` or none; its ``description`` has ``field_um``.
    surface : str
        One of :data:`~.sample_priors.SURFACES`; ``"draped"`` returns the sample as it is.
    rng : numpy.random.Generator
        Source of the contact angles, films and places of bubbles.
    crystal_angle_deg, mount_angle_deg : (float, float)
        Ranges of the contact angles on crystal and mount, degrees.
    film : float
        Probability that a film covers crystal and mount beside a capillary drop.
    film_thickness : (float, float)
        Its thickness, in units of the field; log-uniform. Halved until it takes no more than 0.3 of the liquor.
    whole_bubbles : float
        Probability that the bubbles of a capillary drop are put where they lie whole inside it; those without room are
        left out.

    Returns
    -------
    Sample
        With the same crystals, mount and volume of liquor within the field, films included (at most 0.8 of the space).
        A film without a drop, and less liquor than :data:`LEAST_LIQUOR`, stay draped: what holds up a film is not
        surface tension. ``description`` tells the surface, the volume, the angles and the film.

    Raises
    ------
    InputError
        Unknown surface.
    """
    if surface not in SURFACES:
        raise InputError(f"Unknown surface of the liquor {surface!r}; choose of {', '.join(SURFACES)}.")
    if surface == "draped":
        return sample
    drop = sample.liquor
    as_it_is = replace(sample, description=sample.description | {"liquor_surface": "draped"})
    if not isinstance(drop, Liquor) or drop.semi_axes_um is None:
        return as_it_is
    field_um = sample.description["field_um"]
    volume_um3, space_um3 = sample.liquor_volume_um3(field_um)
    volume_um3 = min(volume_um3, _FULLEST * space_um3)
    if volume_um3 < LEAST_LIQUOR * field_um**3:
        return as_it_is
    told = {"liquor_surface": surface, "liquor_volume_um3": volume_um3}
    liquor: CapillaryLiquor | BlenderLiquor
    if surface == "capillary":
        angles = float(rng.uniform(*crystal_angle_deg)), float(rng.uniform(*mount_angle_deg))
        told |= {"crystal_angle_deg": angles[0], "mount_angle_deg": angles[1]}
        layer = 0.0
        if film and rng.random() < film:
            layer = _film_um(sample, drop, volume_um3, float(np.exp(rng.uniform(*np.log(film_thickness)))) * field_um)
            told["film_um"] = layer
        liquor = CapillaryLiquor(volume_um3, *angles, drop.semi_axes_um, drop.rotation, drop.centre_um, layer, layer)
    else:
        liquor = BlenderLiquor(volume_um3, drop.semi_axes_um, drop.rotation, drop.centre_um)
    settled_sample = replace(sample, liquor=liquor, description=sample.description | told)
    if surface == "capillary" and whole_bubbles and rng.random() < whole_bubbles:
        return settled_sample.with_whole_bubbles(rng, field_um)
    return settled_sample


def _film_um(sample: Sample, drop: Liquor, volume_um3: float, thickness_um: float) -> float:
    """Thickness of a film on crystal and mount, µm, that leaves liquor enough for a drop."""

    def taken_um3(thickness_um: float) -> float:
        only = Liquor(None, drop.rotation, drop.centre_um, thickness_um, thickness_um, 0.0, np.zeros((0, 5)))
        return replace(sample, liquor=only).liquor_volume_um3(sample.description["field_um"])[0]

    # Voxels that a solid cuts count in part even without a film.
    none = taken_um3(0.0)
    while taken_um3(thickness_um) - none > _MOST_IN_FILMS * volume_um3:
        thickness_um /= 2
    return thickness_um


def draw_composition(rng: np.random.Generator, priors: SamplePriors, field_um: float) -> Composition | None:
    """Draw how the liquor's solutes are spread.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every draw.
    priors : SamplePriors
        Probabilities and ranges of gradients and skins.
    field_um : float
        Edge of the field, µm.

    Returns
    -------
    Composition or None
        None where they are spread evenly.
    """
    has_gradient, has_skin = rng.random() < priors.gradient, rng.random() < priors.skin
    if not (has_gradient or has_skin):
        return None
    direction = rng.normal(size=3)
    direction /= np.linalg.norm(direction)
    slope = rng.uniform(*priors.gradient_change) / field_um if has_gradient else 0.0
    excess = float(rng.uniform(*priors.skin_excess))
    thickness = float(np.exp(rng.uniform(*np.log(priors.skin_thickness)))) * field_um
    z, y, x = (float(part * slope) for part in direction)
    return Composition((z, y, x), excess if has_skin else 0.0, thickness)
