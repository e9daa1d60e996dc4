"""A sample that was processed, in the viewer."""

from __future__ import annotations

import shutil
from pathlib import Path

from screen import Screen

from napari_crystalseg.widgets.tabs import OPEN


def processed(screen: Screen, name: str, source: str = "simulated_scan.h5") -> Path:
    """Open a copy of a sample and process it; done before in the same scratch folder, it is there at once.

    Parameters
    ----------
    screen : Screen
        Where to.
    name : str
        What the copy is called.
    source : str
        Which of the sample data.

    Returns
    -------
    Path
        The copy.
    """
    path = screen.samples.parent / "crystals" / name
    path.parent.mkdir(exist_ok=True)
    if not path.exists():
        shutil.copy(screen.samples / source, path)
    session = screen.dock.session
    screen.look_at(OPEN)
    screen.drop(path)
    screen.wait(lambda: (session.scan is not None or session.image is not None) and not session.busy)
    screen.press(screen.dock.open.process_box.button)
    screen.wait(lambda: session.review is not None and not session.busy)
    screen.rest()
    return path
