"""Classify or outline a thousand micrographs, and tell memory and time: neither grows with their number.

    python benchmarks/drops_memory.py [--task classify] [--images 1000] [--size 1024x1224] [--kept 40] [--model FOLDER]

Simulated drops are written once, of which each is classified again and again under its own name. With ``--task detect``
they are outlined, and all files of that are written. RSS is the memory of
the process, MB, after a hundred images and after all; the second over the first is to be near 1.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from napari_crystalseg.drops.classifier import DropClassifier
from napari_crystalseg.drops.detector.drop_detector import DropDetector
from napari_crystalseg.simulation.drops import DropConditions, simulated_drop
from napari_crystalseg.workflows.drops.classify import classify_drops
from napari_crystalseg.workflows.drops.detect import detect_drops
from napari_crystalseg.workflows.drops.detection_files import DetectionForm, write_detections


def written(folder: Path, images: int, shape: tuple[int, int], kept: int) -> list[Path]:
    """Write a few drops, as JPEG, and link all others to them."""
    first: list[Path] = []
    for number in range(min(kept, images)):
        # Simulated small and enlarged: what is timed is reading and classifying.
        values = simulated_drop(7, number, DropConditions()).image.values
        path = folder / f"drop_{number:05d}.jpg"
        Image.fromarray(np.asarray(Image.fromarray(values).resize(shape[::-1]))).save(path, quality=90)
        first.append(path)
    for number in range(len(first), images):
        os.link(first[number % len(first)], folder / f"drop_{number:05d}.jpg")
    return sorted(folder.iterdir())


def classified(paths: list[Path], model: Path | None) -> Iterator[str]:
    """Classify images; yield what was wrong with each."""
    classifier = DropClassifier() if model is None else DropClassifier(model)
    for one in classify_drops(paths, classifier):
        yield one.problem


def outlined(paths: list[Path], model: Path | None, folder: Path) -> Iterator[str]:
    """Outline images and write all that there is to write; yield what was wrong with each."""
    detector = DropDetector() if model is None else DropDetector(model)
    form = DetectionForm(score=0.3, masks=True, coco=True, preview=True)
    for one, _ in write_detections(detect_drops(paths, detector), folder, detector, form):
        yield one.problem


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", choices=("classify", "detect"), default="classify")
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--size", default="1024x1224", help="rows x columns")
    parser.add_argument("--kept", type=int, default=40, help="different images")
    parser.add_argument("--model", type=Path)
    asked = parser.parse_args()
    rows, columns = (int(one) for one in asked.size.split("x"))
    process = psutil.Process()
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as out:
        paths = written(Path(folder), asked.images, (rows, columns), asked.kept)
        begun, used = time.perf_counter(), time.process_time()
        memory: dict[int, float] = {}
        detect = asked.task == "detect"
        done = outlined(paths, asked.model, Path(out)) if detect else classified(paths, asked.model)
        for number, problem in enumerate(done, 1):
            assert not problem, problem
            if number in (100, len(paths)):
                memory[number] = process.memory_info().rss / 1e6
        seconds, processor = time.perf_counter() - begun, time.process_time() - used
    for number, megabytes in memory.items():
        print(f"after {number:5d} images: {megabytes:8.1f} MB")
    if 100 in memory:
        print(f"growth: {memory[len(paths)] / memory[100]:.3f}")
    print(f"{len(paths) / seconds:.1f} images a second, {1000 * processor / len(paths):.1f} ms of the processor each")


if __name__ == "__main__":
    main()
