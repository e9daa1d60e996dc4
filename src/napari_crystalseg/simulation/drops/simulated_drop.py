"""SimulatedDrop: a micrograph that was made, and all that is true of it."""

from __future__ import annotations

from dataclasses import dataclass

from ...drops.classes import DROP_CLASSES
from ...drops.objects import DropObjects
from ...errors import InputError
from ...io.drop_images import DropImage


@dataclass(frozen=True, eq=False)
class SimulatedDrop:
    """A simulated micrograph with its truth.

    Parameters
    ----------
    image : DropImage
        What is seen.
    drop_class : str
        One of :data:`~napari_crystalseg.drops.classes.DROP_CLASSES`.
    objects : DropObjects
        Outlines of the drop and its crystals. Crystals are full silhouettes within the image, as people draw them, so
        that two of them may overlap; small ones are not outlined, see
        :func:`~napari_crystalseg.simulation.drops.contents.crystal_groups.put_crystals`.

    Raises
    ------
    InputError
        Another class, or outlines for an image of another size.
    """

    image: DropImage
    drop_class: str
    objects: DropObjects

    def __post_init__(self) -> None:
        if self.drop_class not in DROP_CLASSES:
            raise InputError(f"A drop is {', '.join(DROP_CLASSES)}, not '{self.drop_class}'.")
        if self.objects.shape != self.image.shape:
            raise InputError(
                f"The outlines are of an image of {self.objects.shape} pixels, the image has {self.image.shape}."
            )
