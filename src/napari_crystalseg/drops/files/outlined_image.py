"""OutlinedImage: what a file says is outlined in one micrograph."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...errors import InputError
from ..objects import DropObjects


@dataclass(frozen=True, eq=False)
class OutlinedImage:
    """Objects of one image under the name that a file gives it.

    Parameters
    ----------
    name : str
        Name of the image's file, with ``/`` between folders where there are any.
    objects : DropObjects
        Drops and crystals.
    crowds : frozenset of int
        Places, among the objects, of outlines about several that were not told apart (``iscrowd`` of COCO).
    pixel_size_um : float or None
        Side of a pixel, µm; None where the file does not say.
    assumed : tuple of str
        What had to be assumed, or was not used, of the file: clauses without a full stop.

    Raises
    ------
    InputError
        A crowd that is no object, or a size of a pixel that is not positive.
    """

    name: str
    objects: DropObjects
    crowds: frozenset[int] = frozenset()
    pixel_size_um: float | None = None
    assumed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not all(0 <= one < len(self.objects.objects) for one in self.crowds):
            raise InputError(f"{self.name} has {len(self.objects.objects)} objects; its crowds are none of them.")
        size = self.pixel_size_um
        if size is not None and not (math.isfinite(size) and size > 0):
            raise InputError(f"The side of a pixel of {self.name} must be a positive length in µm, not {size}.")
