"""Which sample *Process* takes: what came last, as it is in its file or as it is shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ...errors import InputError
from ..layers.label_layer import volume_of
from ..layers.layer_record import PROCESSED, READING, RECORD, path_of, source_of
from ..layers.orientation import orientation_of
from ..session.sample_ties import have_same_origin

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Image

    from ...volume import Volume
    from ..session.session import Session

Kind = Literal["scan", "volume", "labels"]


@dataclass(frozen=True, eq=False)
class SampleInput:
    """What would be processed.

    Parameters
    ----------
    kind : {"scan", "volume", "labels"}
        What it is.
    name : str
        What the user knows it by.
    path : Path or None
        File or folder that it is in; None where it is in none.
    image : napari.layers.Image or None
        Layer of a volume, on which the labels are shown.
    as_in_file : bool
        Whether that layer is as its file says.
    reading : dict
        ``axes``, ``dataset`` and ``voxel_size_um`` that the file was read with.
    """

    kind: Kind
    name: str
    path: Path | None
    image: Image | None
    as_in_file: bool
    reading: dict[str, Any]

    @property
    def is_processed(self) -> bool:
        """Whether the layer is what *Process* made of the file, and not what is in the file."""
        return self.image is not None and bool(self.image.metadata.get(RECORD, {}).get(PROCESSED))

    def shown(self) -> Volume | None:
        """Return the volume where it has to be written first; None where its file will do.

        Raises
        ------
        InputError
            The layer is no volume.
        """
        return None if self.image is None or self.as_in_file else volume_of(self.image)


def sample_input(session: Session, viewer: ViewerModel) -> SampleInput | None:
    """Return what *Process* would take: the scan or volume that came last, else labels; None where there is nothing."""
    scan = _scan_layer(session, viewer)
    image = session.image
    if image is not None and scan is not None and _takes_scan(scan, image, viewer):
        image = None
    if image is not None:
        path = path_of(image)
        as_in_file = path is not None and _is_as_in_file(image)
        return SampleInput("volume", source_of(image), path, image, as_in_file, _reading(image))
    if scan is not None:
        return SampleInput("scan", session.taken.name or "scan", path_of(scan), None, True, _reading(scan))
    if session.labels is not None:
        return SampleInput("labels", session.labels.name, path_of(session.labels), None, True, {})
    return None


def file_name(name: str) -> str:
    """Return a name that a file may have."""
    return re.sub(r"[^\w.-]+", "_", name).strip("_.") or "sample"


def _scan_layer(session: Session, viewer: ViewerModel) -> Any:
    if session.scan is None:
        return None
    layers = (one for one in viewer.layers if one.metadata.get(RECORD, {}).get("scan") is session.scan)
    return next(layers, None)


def _takes_scan(scan: Any, image: Image, viewer: ViewerModel) -> bool:
    """Whether a volume was reconstructed from the scan, or the scan came after it."""
    made_of_it = have_same_origin(image, scan)
    if made_of_it:
        return path_of(image) is None or path_of(image) == path_of(scan)
    return bool(image in viewer.layers and viewer.layers.index(scan) > viewer.layers.index(image))


def _is_as_in_file(image: Image) -> bool:
    """Whether neither its voxel size was typed in nor the layer turned."""
    provenance = image.metadata.get(RECORD, {}).get("provenance")
    if any(step.get("step") == "set voxel size" for step in getattr(provenance, "steps", ())):
        return False
    try:
        return image.ndim == 3 and orientation_of(image).is_plain
    except InputError:
        return False


def _reading(layer: Any) -> dict[str, Any]:
    return dict(layer.metadata.get(RECORD, {}).get(READING, {}))
