"""FoundDrop: what the networks said of a micrograph that nobody reviewed, small enough to be sent by the hundred."""

from __future__ import annotations

import pickle
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...drops.objects import DropObjects
    from ...workflows.drops.export_drops import ExportedDrop


@dataclass(frozen=True, eq=False)
class FoundDrop:
    """What is exported of it.

    Parameters
    ----------
    packed : bytes or None
        What was found, as :func:`packed_objects` makes it; None where nothing was looked for.
    lowest_score : float
        Score, 0 to 1, from which on it counts.
    drop_class : str or None
        The most probable class.
    pixel_size_um : float or None
        Side of a pixel that the file or a person stated, µm.
    """

    packed: bytes | None
    lowest_score: float
    drop_class: str | None
    pixel_size_um: float | None

    def exported(self, path: Path) -> ExportedDrop:
        """Return what is written of a file."""
        from ...drops.dispensing import dispensing_position
        from ...drops.dispensing.dispensing_position import assumed_pixel_size_um
        from ...drops.objects import DropObjects
        from ...provenance import Provenance
        from ...workflows.drops.export_drops import ExportedDrop

        objects = place = None
        size, assumed = self.pixel_size_um, False
        if self.packed is not None:
            found = unpacked_objects(self.packed)
            objects = DropObjects(found.shape, tuple(one for one in found.objects if one.score >= self.lowest_score))
            position = dispensing_position(objects, 0.0)
            place = None if position is None else position.place_px
            if size is None:
                size = assumed_pixel_size_um(found.shape)
                assumed = size is not None
        provenance = Provenance.of_file(path) if path.is_file() else Provenance()
        return ExportedDrop(path, objects, place, self.drop_class, size, assumed, False, provenance)


def packed_objects(objects: DropObjects) -> bytes:
    """Return drops and crystals as few bytes: the masks of a thousand images would fill the memory."""
    return zlib.compress(pickle.dumps(objects), 1)


def unpacked_objects(packed: bytes) -> DropObjects:
    """Return what :func:`packed_objects` was given."""
    objects: DropObjects = pickle.loads(zlib.decompress(packed))
    return objects
