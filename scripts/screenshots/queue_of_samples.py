"""Several samples: one at hand, one that runs, and one that waits."""

from __future__ import annotations

import shutil
from pathlib import Path

from processed import processed
from screen import Screen

from napari_crystalseg.widgets.tabs import OPEN


def take(samples: Path) -> None:
    """Drop several samples, and look at the list while one runs."""
    folder = samples.parent / "crystals"
    screen = Screen(samples)
    dock = screen.dock
    paths = [processed(screen, "thaumatin_18.h5")]
    for name in ("thaumatin_19.h5", "thaumatin_20.h5"):
        shutil.rmtree(folder / f"{Path(name).stem}_crystalseg", ignore_errors=True)
        paths.append(Path(shutil.copy(samples / "simulated_scan.h5", folder / name)))
    screen.drop(*paths)
    screen.look_at(OPEN)
    # The first is done already.
    screen.wait(lambda: dock.runner.running is not None and Path(dock.runner.running.path) == paths[1])
    screen.rest(6)
    screen.bring_into_view(dock.open.queue_box.list)
    screen.shoot("dock-queue")
    dock.runner.pause()
    screen.close()
