"""The bar that offers to go on: a session is killed in the middle, and the same sample is opened again."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
from pathlib import Path

import numpy as np
from screen import Screen

from napari_crystalseg.labels import Material
from napari_crystalseg.widgets.tabs import REVIEW


def take(samples: Path) -> None:
    """Open the sample after the crash."""
    folder = samples.parent / "crashed"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in ("simulated_volume.tif", "simulated_labels.tif"):
        shutil.copy(samples / name, folder / name.replace("simulated", "thaumatin_21"))
    process = multiprocessing.get_context("spawn").Process(target=crash, args=(samples, folder))
    process.start()
    process.join()
    screen = Screen(samples)
    opened(screen, folder)
    screen.wait(lambda: screen.dock.recovery.sentence != "")
    screen.look_at(REVIEW)
    screen.shoot("dock-recovery")
    screen.close()


def opened(screen: Screen, folder: Path) -> None:
    """Open volume and labels."""
    session = screen.dock.session
    for name in ("thaumatin_21_volume.tif", "thaumatin_21_labels.tif"):
        screen.dock.open.opener.open_path(folder / name)
        screen.finish()
    screen.wait(lambda: session.image is not None and session.labels is not None)
    screen.rest(1)


def crash(samples: Path, folder: Path) -> None:
    """Paint a few strokes, wait until they are saved, and die."""
    screen = Screen(samples)
    opened(screen, folder)
    layer, keeper = screen.dock.session.labels, screen.dock.keeper
    edge = np.argwhere(layer.data == Material.CRYSTAL)
    for voxel in edge[:: len(edge) // 12]:
        layer.paint(voxel, int(Material.LIQUOR))
        screen.rest(0.2)
    keeper.save()
    screen.wait(lambda: keeper.kept is not None and keeper.kept.path is not None)
    screen.rest(5)
    os.kill(os.getpid(), signal.SIGKILL)
