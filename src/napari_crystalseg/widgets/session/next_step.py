"""Where the work stands, in the sentence that the foot shows when nobody has more to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import InputError
from ..layers.layer_place import shape_of, voxel_size_um
from .session import Session

if TYPE_CHECKING:
    from napari.layers import Image

BEGIN = "Open a raw scan, a volume or labels to begin."


def where_it_stands(session: Session) -> str:
    """What is there, and what comes next."""
    image, labels = session.image, session.labels
    if labels is not None:
        on = f" of '{image.name}'" if image is not None and session.ties.belong_together(labels, image) else ""
        return f"Labels '{labels.name}'{on}. Next: Review."
    if image is not None:
        return f"Volume '{image.name}', {_size(image)}, without labels yet. Next: Process, or Segment."
    if session.scan is not None:
        return scan_purpose(session)
    return BEGIN


def scan_purpose(session: Session) -> str:
    """What the scan that came is for."""
    return f"'{session.taken.name or 'The scan'}' is a raw scan: press Process, or look at the slice first."


def _size(image: Image) -> str:
    voxels = " × ".join(str(length) for length in shape_of(image))
    try:
        size = voxel_size_um(image)
    except InputError:
        size = None
    if size is None:
        return f"{voxels} voxels of unknown size"
    sizes = f"{size[0]:.4g}" if len(set(size)) == 1 else " × ".join(f"{step:.4g}" for step in size)
    return f"{voxels} voxels of {sizes} µm"
