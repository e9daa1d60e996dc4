"""Lamps of the crystal's shape: in one piece, touching air, under a film too thin to be seen."""

from __future__ import annotations

import numpy as np

from ...labels import Material
from ...review.places.candidates.shapes import FEWEST_VOXELS, pieces, thin_film
from ..lamp import Lamp, LampPlace
from .largest import largest_place
from .sample_box import SampleBox
from .surface import touching

FEW_VOXELS = 30
"""Pieces of crystal smaller than this, and than a tenth of the largest, are specks, not named as pieces."""

MUCH_AIR_CONTACT = 0.5
"""Part of the crystal's surface next to air above which it is worth a look: most crystals sit in liquor, though of
simulated samples, whose labels are right, one in four stands out of it by 15 % and more."""

MUCH_THIN_FILM = 0.1
"""Part of the crystal's surface under a film thinner than two voxels above which it is worth a look: of 16 simulated
samples of 96 voxels a side, whose labels are right, two have more, and five others 5 to 10 %."""

_NO_CRYSTAL = "There is no crystal to judge."


def one_piece(sample: SampleBox) -> Lamp:
    """Say whether the crystal is in one piece; the place is the largest of the others."""
    name = "one piece"
    inside = sample.about_crystal(0)
    if inside is None:
        return Lamp(name, "problem", "No crystal was found. Check the labels in napari, or try another model.")
    data, origin = inside
    found = [(int(np.count_nonzero(own)), box, own) for box, own in pieces(data == Material.CRYSTAL)]
    found.sort(key=lambda piece: -piece[0])
    sizes = [size for size, _, _ in found]
    large = [piece for piece in found if piece[0] >= min(FEW_VOXELS, sizes[0] / 10)]
    if len(large) == 1:
        return Lamp(name, "good", "The crystal is in one piece.")
    _, box, own = large[1]
    place = LampPlace.of_mask(own, tuple(side.start + first for side, first in zip(box, origin, strict=True)))
    share = 100 * sizes[0] / sum(sizes)
    text = f"The crystal is in {len(large)} pieces; the largest is {share:.0f} % of it: look whether all are."
    return Lamp(name, "warning", text, place)


def air_contact(sample: SampleBox) -> Lamp:
    """Say how much of the crystal's surface touches air; the place is the largest contact."""
    name = "air contact"
    inside = sample.about_crystal(1)
    if inside is None:
        return Lamp(name, "unknown", _NO_CRYSTAL)
    data, origin = inside
    share, voxels = touching(data == Material.CRYSTAL, data == Material.AIR, sample.voxel_size)
    text = f"{100 * share:.0f} % of the crystal's surface touches air"
    place = largest_place(voxels, origin)
    if share > MUCH_AIR_CONTACT and (sample.data == Material.LIQUOR).any():
        return Lamp(name, "warning", f"{text}; a crystal in a loop is mostly covered by liquor.", place)
    return Lamp(name, "good", f"{text}.", place)


def film(sample: SampleBox) -> Lamp:
    """Say how much of the crystal lies under a film thinner than two voxels; the place is the largest such film."""
    name = "thin film"
    inside = sample.about_crystal(4)
    if inside is None:
        return Lamp(name, "unknown", _NO_CRYSTAL)
    data, origin = inside
    crystal = data == Material.CRYSTAL
    thin = thin_film(data, crystal)
    share, _ = touching(crystal, thin, sample.voxel_size)
    if np.count_nonzero(thin) < FEWEST_VOXELS:
        return Lamp(name, "good", "No film of liquor on the crystal is thinner than two voxels.")
    text = f"Liquor thinner than two voxels covers {100 * share:.2g} % of the crystal's surface"
    place = largest_place(thin, origin)
    if share > MUCH_THIN_FILM:
        return Lamp(name, "warning", f"{text}: whether it is there, and how thick it is, is a guess.", place)
    return Lamp(name, "good", f"{text}.", place)
