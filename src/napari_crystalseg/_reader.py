"""Drag and drop: files to napari layers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from napari.types import LayerDataTuple

_OTHER_READER = "To look at it, choose another reader when napari asks."
LARGE_BYTES = 64 * 2**20
"""Files from this size on take longer to read than a window may stand still."""


def napari_get_reader(
    path: str | Path | Sequence[str | Path] | None = None,
) -> Callable[[Any], list[LayerDataTuple]] | None:
    """Return the function that reads a file, or None where the file is not ours.

    Parameters
    ----------
    path : path or sequence of path, optional
        File or folder that was dropped: an OME-Zarr image, or the TIFF files of a scan. Several to be stacked are not
        ours. Without one, as napari's command palette calls it, the dock asks for a file.

    Returns
    -------
    callable or None
        None for photographs in colour, films, arrays of more than three axes and folders of mere images, which napari
        shows by itself. One grey image is ours, a single slice, and so is a damaged file of one of our formats: reading
        it says what is wrong. In a window napari asks the user first, and shows a traceback where the reader that was
        chosen returns None; then it is one that reads what can be read, and says in a sentence what cannot.
    """
    if path is None:
        from napari import current_viewer

        from .widgets.palette import open_a_file

        open_a_file(current_viewer())
        return None
    place = _single_path(path)
    from .io import recognises, suffixes_read

    if place is None or (place.suffix.lower() not in suffixes_read() and not place.is_dir()):
        return None
    from .io.diffraction_images import is_diffraction_image

    ours = recognises(place) or is_diffraction_image(place)
    return read_layers if ours or _a_window_runs() else None


def napari_get_diffraction_reader(
    path: str | Path | Sequence[str | Path] | None = None,
) -> Callable[[Any], list[LayerDataTuple]] | None:
    """Return the function that reads an image of a detector's own format; None without a path, or for several."""
    place = None if path is None else _single_path(path)
    return None if place is None or place.is_dir() else read_layers


def read_layers(path: str | Path | Sequence[str | Path]) -> list[LayerDataTuple]:
    """Read one file as the layer that suits it: Labels with named classes, or Image of a volume or of projections.

    A large file that is dropped on a window with the dock in it is read in the dock's worker, so that the window stays
    alive; its layer comes when it is read.

    Raises
    ------
    InputError
        The file cannot be used; the text says why. Where a window runs, a notification says it instead, as napari
        would wrap the sentence in a traceback.
    """
    from .errors import ChoiceNeeded, InputError
    from .io import open_file

    place = _single_path(path)
    assert place is not None
    from .io import suffixes_read
    from .io.diffraction_images import is_diffraction_image

    # Of TIFF and HDF5 only what says of itself that it is one: others stay scans, volumes and slices.
    if place.is_file() and (place.suffix.lower() not in suffixes_read() or is_diffraction_image(place)):
        return _diffraction_layers(place)
    if _a_window_runs() and _hand_to_dock(place):
        return [(None,)]  # taken, and nothing to show yet
    try:
        noun = open_file(place)
    except InputError as error:
        if not _a_window_runs():
            raise
        if isinstance(error, ChoiceNeeded) and _open_in_dock(place):
            return [(None,)]
        from napari.utils.notifications import show_warning

        show_warning(f"{error} {_OTHER_READER}" if _is_for_others(place) else str(error))
        return [(None,)]  # read, and nothing to show
    from .widgets.layers.layer_data import layer_of

    return [layer_of(noun, place.stem)]


def _diffraction_layers(place: Path) -> list[LayerDataTuple]:
    from .errors import InputError
    from .io.diffraction_images import open_diffraction_image
    from .widgets.layers.diffraction_layer import diffraction_layer

    try:
        return [diffraction_layer(open_diffraction_image(place), place.stem, str(place))]
    except InputError as error:
        if not _a_window_runs():
            raise
        from napari.utils.notifications import show_warning

        show_warning(str(error))
        return [(None,)]


def _a_window_runs() -> bool:
    if "qtpy" not in sys.modules:
        return False
    from qtpy.QtCore import QThread

    thread = QThread.currentThread()
    return thread is not None and thread.loopLevel() > 0


def _hand_to_dock(place: Path) -> bool:
    """Let the dock of the window that runs open a large file; False where it is small, or there is no dock."""
    return _bytes(place) >= LARGE_BYTES and _open_in_dock(place)


def _open_in_dock(place: Path) -> bool:
    """Let the dock of the window that runs open a file, which asks what has to be chosen; False where there is none."""
    docks = sys.modules.get("napari_crystalseg.widgets.dock.dock")
    if docks is None:
        return False
    import napari

    dock = docks.dock_of(napari.current_viewer())
    if dock is None:
        return False
    dock.open.opener.open_later(place)
    return True


def _bytes(place: Path) -> int:
    try:
        files = place.rglob("*") if place.is_dir() else [place]
        return sum(file.stat().st_size for file in files)
    except OSError:
        return 0  # reading it says what is wrong


def _is_for_others(place: Path) -> bool:
    from .io import recognises

    return not recognises(place)


def _single_path(path: str | Path | Sequence[str | Path]) -> Path | None:
    if isinstance(path, str | Path):
        return Path(path)
    return Path(path[0]) if len(path) == 1 else None
