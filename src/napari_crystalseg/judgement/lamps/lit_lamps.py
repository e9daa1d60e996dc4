"""All eight lamps of a sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...labels import Labels
from ..lamp import Lamp
from ..mean_uncertainty import MeanUncertainty
from . import crystal_lamps, sample_lamps, value_lamps
from .sample_box import SampleBox
from .value_sample import ValueSample

if TYPE_CHECKING:
    from ...absorption.coefficients import Coefficients

LAMP_NAMES = (
    "one piece",
    "air contact",
    "loop parts",
    "field edge",
    "values",
    "training",
    "air inside",
    "thin film",
)
"""Their names, in their order."""


def lit_lamps(
    labels: Labels,
    values: ValueSample | None = None,
    coefficients: Coefficients | None = None,
    uncertainty: MeanUncertainty | None = None,
) -> tuple[Lamp, ...]:
    """Look at labels as a physicist would, at eight things.

    Parameters
    ----------
    labels : Labels
        Labels to judge; their record says what the network was trained on. Voxels of unknown size are taken for cubes.
    values : ValueSample, optional
        Voxel values of their volume.
    coefficients : Coefficients, optional
        Linear attenuation coefficients that are to be used.
    uncertainty : MeanUncertainty, optional
        How unsure the network was.

    Returns
    -------
    tuple of Lamp
        One for each of :data:`LAMP_NAMES`, in that order.

    Raises
    ------
    InputError
        The voxel values are of a volume of another shape.
    """
    sample = SampleBox.of(labels)
    levels = None if values is None else values.levels(labels.data)
    return (
        crystal_lamps.one_piece(sample),
        crystal_lamps.air_contact(sample),
        sample_lamps.loop_pieces(sample),
        sample_lamps.field_edge(sample),
        value_lamps.voxel_values(sample, values, levels, coefficients),
        value_lamps.training_range(labels, levels, uncertainty),
        sample_lamps.enclosed_air(sample),
        crystal_lamps.film(sample),
    )
