"""How long napari's window stands still at each step of the dock, and at napari's own ``add_layer`` of the same arrays.

    bash scripts/with-screen.sh python benchmarks/window.py [--edge 100] [--repeats 3] [--where 150]

A timer of 10 ms beats in the window's thread; the longest time between two beats is how long nothing moved. The steps
go as a user takes them: the dock, a scan with its live slice, its reconstruction, a volume, its segmentation, labels,
3-D, the tabs, the factors. Beside each step that brings layers stands what napari takes to add the same arrays as
layers, one at a time, in the same window and run, the longest of them: less than that no plugin can take that shows
them. Of both the median of some repetitions counts; what happens once in a session (the dock, the first of each) is a
row of its own. On a machine with other work on it ``CPU ms`` counts, the processor time of the window's thread within
the longest block: what waits for others is not in it, nor what OpenGL computes in threads of its own.

``--where`` prints, for blocks of more than so many milliseconds, which calls they were spent in.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import napari
import numpy as np
from qtpy.QtCore import QEventLoop, QSettings, QTimer

from napari_crystalseg.io import open_file, save_labels, save_volume
from napari_crystalseg.labels import Labels
from napari_crystalseg.samples import sample_data_folder
from napari_crystalseg.volume import Volume
from napari_crystalseg.widgets.layers.layer_record import SURFACES
from napari_crystalseg.widgets.tabs import CHECK, OPEN, SEGMENT

BEAT_MS, SAMPLE_S, REST_S, SETTLE_S = 10, 0.005, 0.7, 10.0
LIMIT_MS = 300
SIZE = (1366, 768)


class Taken(NamedTuple):
    """Seconds that a step takes, and milliseconds of its longest block and of the window's own work within it."""

    seconds: float
    block_ms: float
    work_ms: float

    @classmethod
    def median(cls, several: Sequence[Taken]) -> Taken:
        return cls(*(median(one) for one in zip(*several, strict=True)))


class Heartbeat:
    """Runs steps in the event loop and takes the longest time between two beats of a timer.

    Parameters
    ----------
    where_ms : float
        Blocks of more than this are told with the calls that they were spent in; infinite for none.
    """

    def __init__(self, where_ms: float = np.inf) -> None:
        self.where_ms = where_ms
        self._loop = QEventLoop()
        self._timer = QTimer()
        self._timer.setInterval(BEAT_MS)
        self._timer.timeout.connect(self._beat)
        self._last = self._worked = 0.0
        self._gaps: list[tuple[float, float, float]] = []
        self._done: Callable[[], bool] = lambda: True
        self._quiet_from: float | None = None
        self._stacks: list[tuple[float, tuple[str, ...]]] = []

    def _beat(self) -> None:
        now, worked = time.perf_counter(), time.thread_time()
        self._gaps.append((now - self._last, worked - self._worked, self._last))
        self._last, self._worked = now, worked
        if self._quiet_from is None:
            if self._done():
                self._quiet_from = now
        elif now - self._quiet_from > REST_S:
            self._loop.quit()

    def step(self, act: Callable[[], object], done: Callable[[], bool] = lambda: True) -> Taken:
        """Take a step and wait for its end, and a little more for what it leaves to later."""
        self._gaps, self._done, self._quiet_from, self._stacks = [], done, None, []
        begin = self._last = time.perf_counter()
        self._worked = time.thread_time()
        # A turn of the loop ends with the step: the beat after it tells its whole length.
        QTimer.singleShot(0, act)
        self._timer.start()
        over = threading.Event()
        sampler = threading.Thread(target=self._sample, args=(threading.get_ident(), over))
        if np.isfinite(self.where_ms):
            sampler.start()
        self._loop.exec()
        self._timer.stop()
        over.set()
        if sampler.ident is not None:
            sampler.join()
        self._tell()
        assert self._quiet_from is not None
        gap, worked, _ = max(self._gaps)
        return Taken(self._quiet_from - begin, 1e3 * gap, 1e3 * worked)

    def _sample(self, thread: int, over: threading.Event) -> None:
        while not over.wait(SAMPLE_S):
            frame, calls = sys._current_frames().get(thread), []
            while frame is not None:
                calls.append(f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno} {frame.f_code.co_name}")
                frame = frame.f_back
            self._stacks.append((time.perf_counter(), tuple(calls)))

    def _tell(self) -> None:
        for gap, _, start in self._gaps:
            if 1e3 * gap < self.where_ms:
                continue
            seen = [calls for at, calls in self._stacks if start <= at <= start + gap]
            counted = Counter(call for calls in seen for call in set(calls))
            print(f"  a block of {1e3 * gap:.0f} ms:")
            for call, times in counted.most_common(60):
                if times >= 0.06 * len(seen):
                    print(f"    {times / max(1, len(seen)):5.0%}  {call}")


class Table:
    """Steps, how long they take, and how long the window stood still, beside napari's own."""

    def __init__(self) -> None:
        self._blocks: list[float] = []
        print(f"{'':30s} {'takes':>7s} {'longest block':>14s} {'napari':>14s} {'ratio':>6s} {'of':>6s}")
        print(f"{'step':30s} {'s':>7s} {'ms':>7s} {'CPU ms':>6s} {'ms':>7s} {'CPU ms':>6s} {'':6s} {'CPU':>6s}")

    def add(self, name: str, ours: Taken, peer: Taken | None = None) -> None:
        """Take a row up, and print it."""
        self._blocks.append(ours.block_ms)
        line = f"{name:30s} {ours.seconds:7.2f} {ours.block_ms:7.0f} {ours.work_ms:6.0f}"
        if peer is not None:
            line += f" {peer.block_ms:7.0f} {peer.work_ms:6.0f}"
            line += f" {ours.block_ms / peer.block_ms:6.2f} {ours.work_ms / peer.work_ms:6.2f}"
        print(line if ours.block_ms <= LIMIT_MS else f"{line:80s}  over {LIMIT_MS}", flush=True)

    def end(self) -> None:
        """Print the worst."""
        over = sum(block > LIMIT_MS for block in self._blocks)
        print(f"\nlongest block {max(self._blocks):.0f} ms; over {LIMIT_MS} ms: {over} of {len(self._blocks)} steps")


def larger(noun: Volume | Labels, edge: int) -> Any:
    """The noun with its voxels repeated until it is ``edge`` long, or itself."""
    factor = max(1, round(edge / max(noun.data.shape)))
    data = np.asarray(noun.data)
    for axis in range(3):
        data = np.repeat(data, factor, axis=axis)
    size = None if noun.voxel_size_um is None else tuple(length / factor for length in noun.voxel_size_um)
    return Labels(data, size) if isinstance(noun, Labels) else Volume(data, size, noun.quantity)


def files(folder: Path, edge: int) -> tuple[Path, Path, Path]:
    """Scan, volume and labels of the sample; volume and labels enlarged where they are asked for larger."""
    scan, volume, labels = (
        sample_data_folder() / f"simulated_{what}" for what in ("scan.h5", "volume.tif", "labels.tif")
    )
    if edge <= 100:
        return scan, volume, labels
    save_volume(larger(open_file(volume), edge), folder / "volume.tif")
    save_labels(larger(open_file(labels), edge), folder / "labels.tif")
    return scan, folder / "volume.tif", folder / "labels.tif"


def peers(beat: Heartbeat, viewer: Any, arrays: Sequence[tuple[str, Any]], repeats: int) -> Taken:
    """What napari takes to add arrays as layers, one after the other: the longest of them, the median of several."""
    taken = []
    for _ in range(repeats):
        each = []
        for kind, array in arrays:
            layers: list[Any] = []
            each.append(beat.step(partial(_add, viewer, kind, array, layers)))
            beat.step(partial(viewer.layers.remove, layers[0]))
        taken.append(max(each, key=lambda one: one.block_ms))
    return Taken.median(taken)


def _add(viewer: Any, kind: str, array: Any, layers: list[Any]) -> None:
    layers.append(getattr(viewer, kind)(array))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edge", type=int, default=100, help="voxels a side of volume and labels")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument(
        "--where", type=float, default=np.inf, metavar="MS", help="tell what longer blocks are spent in"
    )
    parser.add_argument("--without-segmenting", action="store_true", help="leave the network out, which takes longest")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        # Nothing is read from, or left in, the user's own settings.
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)
        measure(Path(folder), options)


def measure(folder: Path, options: argparse.Namespace) -> None:
    """Go through the steps in a window and print the table."""
    scan_path, volume_path, labels_path = files(folder, options.edge)
    scan, volume, labels = (open_file(path) for path in (scan_path, volume_path, labels_path))
    viewer = napari.Viewer(show=True)
    viewer.window._qt_window.setGeometry(0, 0, *SIZE)
    beat, docks = Heartbeat(options.where), []
    beat.step(lambda: None)
    table = Table()

    def show_dock() -> None:
        docks.append(viewer.window.add_plugin_dock_widget("napari-crystalseg", "CrystalSeg")[1])

    table.add("dock opens, once", beat.step(show_dock))
    dock = docks[0]
    session = dock.session
    end = time.monotonic() + SETTLE_S
    table.add("the time after it", beat.step(lambda: None, lambda: time.monotonic() > end))

    def idle() -> bool:
        return not session.busy

    def repeated(name: str, act: Callable[[], object], done: Callable[[], bool], arrays: Any = ()) -> None:
        """The first time, and the median of the others beside napari's own."""
        taken = [beat.step(act, done) for _ in range(options.repeats + 1)]
        table.add(f"{name}, first", taken[0])
        table.add(name, Taken.median(taken[1:]), peers(beat, viewer, arrays, options.repeats) if arrays else None)

    def slice_is_there() -> bool:
        return idle() and dock.open.scan_box.slice_layer.layer is not None and not dock.open.scan_box.live.busy

    def open_again(path: Path, what: str) -> Callable[[], None]:
        def act() -> None:
            setattr(session, what, None)
            dock.open.open_path(path)

        return act

    def is_open(what: str) -> Callable[[], bool]:
        return lambda: idle() and getattr(session, what) is not None

    image = ("add_image", np.asarray(volume.data))
    painted = ("add_labels", np.asarray(labels.data))
    slice_ = ("add_image", np.asarray(volume.data)[0])
    frames = ("add_image", np.asarray(scan.projections))
    repeated("scan opens, with its slice", open_again(scan_path, "scan"), slice_is_there, [frames, slice_])
    repeated("reconstruct", dock.open.reconstruct_button.click, is_open("image"), [image])
    repeated("volume opens", open_again(volume_path, "image"), is_open("image"), [image])
    if not options.without_segmenting:
        dock.tabs.setCurrentIndex(SEGMENT)
        repeated("segment", dock.segment.segment_button.click, is_open("labels"), [image, painted])
    repeated("labels open", open_again(labels_path, "labels"), is_open("labels"), [painted])
    show_in_3d(beat, table, viewer)
    for tab in range(dock.tabs.count()):
        dock.tabs.setCurrentIndex(OPEN if tab else SEGMENT)
        table.add(f"tab {dock.tabs.tabText(tab)}", beat.step(partial(dock.tabs.setCurrentIndex, tab)))
    dock.tabs.setCurrentIndex(CHECK)
    dock.check.coefficients.table_button.click()
    beat.step(lambda: None, idle)
    repeated("compute factors", dock.check.compute_button.click, lambda: idle() and session.factors is not None)
    table.end()
    dock.close_down()
    viewer.close()


def show_in_3d(beat: Heartbeat, table: Table, viewer: Any) -> None:
    """Go to 3-D, turn the sample, and go back; beside napari's own, of the labels as it draws them."""

    def surfaces() -> bool:
        return SURFACES in viewer.layers and bool(viewer.layers[SURFACES].visible)

    def turn() -> None:
        camera = getattr(viewer, "scene", viewer).camera
        camera.angles = (0.0, 25.0, camera.angles[2] + 20.0)

    def look(ndisplay: int) -> None:
        viewer.dims.ndisplay = ndisplay

    shown = [layer for layer in viewer.layers if layer.visible]
    table.add("labels in 3-D, first", beat.step(partial(look, 3), surfaces))
    turned = beat.step(turn)
    back = beat.step(partial(look, 2))
    ours = beat.step(partial(look, 3), surfaces)
    viewer.layers[SURFACES].visible = False
    beat.step(lambda: None)
    peer_turned = beat.step(turn)
    look(2)
    # napari's own way to 3-D with the same layers: those that the dock would look after are hidden from it.
    labels = [layer for layer in shown if isinstance(layer, napari.layers.Labels)]
    for layer in labels:
        layer.visible = False
    copies = [viewer.add_labels(np.asarray(layer.data)) for layer in labels]
    beat.step(lambda: None)
    peer = beat.step(partial(look, 3))
    peer_back = beat.step(partial(look, 2))
    for layer in copies:
        layer.visible = False
    for layer in labels:
        layer.visible = True
    table.add("labels in 3-D", ours, peer)
    table.add("turned in 3-D", turned, peer_turned)
    table.add("back to 2-D", back, peer_back)


if __name__ == "__main__":
    main()
