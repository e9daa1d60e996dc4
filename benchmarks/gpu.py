"""Time of a segmentation on a GPU, and where it goes.

    python benchmarks/gpu.py [--sizes 512 1024] [--dtype uint16] [--seconds 60] [--no-mirror] [--processor]

The shipped sample, each voxel repeated, makes volumes of these lengths. After it was segmented itself, to load what
there is to load, each of them is segmented once, and the GPU is waited for between the stages: the model is checked,
the working grid averaged, normalised, seen by the network, and the labels drawn (interpolation, most probable class and
its probability) and put right by rules of physics. What is not done after --seconds of all is stopped, and said so.
With --processor the smallest volume is also segmented without the GPU, and the labels are held against each other.

The memory of the process is the most that it ever took, the volume itself included.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from napari_crystalseg.errors import Cancelled
from napari_crystalseg.io import open_volume
from napari_crystalseg.samples import sample_data_folder
from napari_crystalseg.segmentation import ModelFolder, Segmentation, bundled_model, inference, segment
from napari_crystalseg.segmentation.grids.working_grid import WorkingGrid
from napari_crystalseg.volume import Volume

AIM = "Aim: 1024³ in 5 s on a GPU."


def sample_of(size: int, dtype: str) -> Volume:
    """The shipped sample at this size, in its own place, by its nearest voxels."""
    volume = open_volume(sample_data_folder() / "simulated_volume.tif")
    data = np.asarray(volume.data, dtype=np.float32)
    if dtype == "uint16":
        low, high = float(data.min()), float(data.max())
        data = np.round((data - low) * (65535 / (high - low))).astype(np.uint16)
    for axis, count in enumerate(data.shape):
        data = np.take(data, np.arange(size) * count // size, axis=axis)
    whole = [count * voxel for count, voxel in zip(volume.shape, volume.required_voxel_size_um, strict=True)]
    return Volume(np.ascontiguousarray(data), tuple(length / size for length in whole))


class Stages:
    """Seconds spent in each stage, the GPU waited for at its beginning and end."""

    def __init__(self, wait: Callable[[], None]) -> None:
        self._wait = wait
        self.seconds: dict[str, float] = {}

    def timed(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        """The same work, timed."""

        def call(*given: Any, **options: Any) -> Any:
            self._wait()
            begin = time.perf_counter()
            found = work(*given, **options)
            self._wait()
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begin
            return found

        return call

    @contextmanager
    def within(self) -> Iterator[None]:
        """Time what :func:`segment` calls."""
        places = (
            (ModelFolder, "check", "check"),
            (WorkingGrid, "average", "working grid"),
            (inference, "seen_on_grids", "working grid, normalised"),
            (inference, "engine_of", "loading"),
            (inference, "predict_coarsely", "network"),
            (inference, "draw_labels", "labels"),
            (inference, "apply_physics", "physics"),
        )
        kept = [(owner, name, getattr(owner, name)) for owner, name, _ in places]
        for owner, name, stage in places:
            setattr(owner, name, self.timed(stage, getattr(owner, name)))
        try:
            yield
        finally:
            for owner, name, work in kept:
                setattr(owner, name, work)


def process_gb() -> float:
    """Most memory that this process ever took."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


class Runs:
    """Segmentations within a time.

    Parameters
    ----------
    seconds : float
        Of all of them together.
    mirror : bool
        As of :func:`segment`.
    """

    def __init__(self, seconds: float, mirror: bool) -> None:
        self._end, self._mirror = time.monotonic() + seconds, mirror

    def timed(self, volume: Volume, wait: Callable[[], None]) -> tuple[float, Segmentation]:
        """Seconds of one, and what it made; Cancelled when the time is over."""
        at = ""

        def progress(share: float, message: str) -> None:
            nonlocal at
            if time.monotonic() > self._end:
                raise Cancelled(f"stopped after {time.perf_counter() - begin:.1f} s at {share:.0%}, {at or message}")
            at = message

        wait()
        begin = time.perf_counter()
        made = segment(volume, mirror=self._mirror, progress=progress)
        wait()
        return time.perf_counter() - begin, made


def measure(sizes: list[int], dtype: str, runs: Runs, processor: bool) -> None:
    """Print a row for each size, and one of the processor."""
    import torch

    wait = torch.cuda.synchronize
    spent, _ = runs.timed(open_volume(sample_data_folder() / "simulated_volume.tif"), wait)
    print(f"  the sample itself, and loading   {spent:7.2f} s", flush=True)
    labels = None
    for size in sizes:
        volume = sample_of(size, dtype)
        torch.cuda.reset_peak_memory_stats()
        stages = Stages(wait)
        with stages.within():
            spent, made = runs.timed(volume, wait)
        stages.seconds["rest"] = spent - sum(stages.seconds.values())
        labels = made.labels.data if labels is None else labels
        parts = ", ".join(f"{name} {seconds:.2f}" for name, seconds in stages.seconds.items())
        most = torch.cuda.max_memory_allocated() / 1e9
        print(f"{size:5d}³ {spent:7.2f} s  GPU {most:.2f} GB, process {process_gb():.2f} GB  ({parts})", flush=True)
    if processor and labels is not None:
        available, torch.cuda.is_available = torch.cuda.is_available, lambda: False
        try:
            spent, made = runs.timed(sample_of(sizes[0], dtype), lambda: None)
        finally:
            torch.cuda.is_available = available
        alike = float((made.labels.data == labels).mean())
        print(f"{sizes[0]:5d}³ {spent:7.2f} s  on the processor; {alike:.4%} of the labels are the same", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[512, 1024], help="voxels along each axis")
    parser.add_argument("--dtype", choices=("float32", "uint16"), default="uint16", help="of the voxel values")
    parser.add_argument("--seconds", type=float, default=60.0, help="stop what is not done by then")
    parser.add_argument("--no-mirror", action="store_true", help="show the network each tile once, not mirrored")
    parser.add_argument("--processor", action="store_true", help="also time the smallest volume on the processor")
    arguments = parser.parse_args()
    import torch

    if not torch.cuda.is_available():
        print("PyTorch sees no GPU here, so that there is nothing to measure.")
        return
    print(f"{torch.cuda.get_device_name()}, PyTorch {torch.__version__}, {bundled_model().name}. {AIM}", flush=True)
    runs = Runs(arguments.seconds, not arguments.no_mirror)
    try:
        measure(sorted(arguments.sizes), arguments.dtype, runs, arguments.processor)
    except Cancelled as reached:
        print(f"The time is over: {reached}.")


if __name__ == "__main__":
    main()
