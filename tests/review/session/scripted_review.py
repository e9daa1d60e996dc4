"""Reviews that edit and save on and on until they are killed: what a test starts in a process of its own.

Each writes a line with the check sum of the labels before each save and after it, so that who reads it knows what must
be there. They are forks of one process, so that each begins at once.
"""

import os
import signal
import sys
import time
from pathlib import Path
from typing import TextIO

import numpy as np

from napari_crystalseg.provenance import hash_array
from napari_crystalseg.review.edits.change import Change
from napari_crystalseg.review.edits.edited_labels import EditedLabels
from napari_crystalseg.review.session.review_state import ReviewState, Tick, Verdict
from napari_crystalseg.review.session.session_folder import SessionFolder
from napari_crystalseg.review.session.snapshot import Snapshot

SHAPE = (20, 24, 28)


def review(path: Path, seed: int, log: TextIO) -> None:
    rng = np.random.default_rng(seed)
    edited = EditedLabels(np.zeros(SHAPE, np.uint8), budget_bytes=200_000)
    folder = SessionFolder.create(path, edited.data, {"shape": list(SHAPE)})
    state = ReviewState()
    step = 0
    while True:
        for _ in range(int(rng.integers(1, 4))):
            if rng.random() < 0.3:
                edited.undo()
            elif rng.random() < 0.1:
                edited.redo()
            else:
                mask = rng.random((8, 8, 8)) < 0.5
                low = rng.integers(0, 12, 3)
                box = tuple(slice(int(a), int(a) + 8) for a in low)
                edited.apply_edit(Change(box, mask, rng.integers(0, 5, (8, 8, 8))), name=f"edit {step}")
        step += 1
        state = state.ticked(Tick(f"place {step}", Verdict.RIGHT, ((0, 1), (0, 1), (0, 1)), 0.5))
        print("begun", step, hash_array(edited.data), file=log, flush=True)
        folder.save(Snapshot.of(edited, state, folder.needs_labels(edited.timeline)))
        print("saved", step, hash_array(edited.data), file=log, flush=True)


def main(folder: Path, reviews: int) -> None:
    rng = np.random.default_rng(7)
    first = EditedLabels(np.zeros((2, 2, 2), np.uint8))  # compiles what the forks use
    first.apply_edit((slice(0, 1),) * 3, 1)
    first.undo()
    for number in range(reviews):
        log = folder / f"{number}.log"
        child = os.fork()
        if not child:
            with open(log, "w") as stream:
                review(folder / f"{number}.review", number, stream)
        while not (log.is_file() and "saved" in log.read_text()):
            time.sleep(0.002)
        time.sleep(rng.uniform(0, 0.06))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
