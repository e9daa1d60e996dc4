"""Reviews that edit, save and are accepted on and on until they are killed: what a test starts in a process of its own.

Each writes a line with the check sum of its labels before they are accepted. They are forks of one process, so that
each begins at once.
"""

import os
import signal
import sys
import time
from pathlib import Path
from typing import TextIO

import numpy as np
import zarr  # noqa: F401  (so that the forks need not import it)

from napari_crystalseg.labels import Labels
from napari_crystalseg.provenance import hash_array
from napari_crystalseg.review.edits.edit import prepare_edits
from napari_crystalseg.review.edits.edited_labels import EditedLabels
from napari_crystalseg.review.session.acceptance import accept
from napari_crystalseg.review.session.review_state import ReviewState
from napari_crystalseg.review.session.session_folder import SessionFolder
from napari_crystalseg.review.session.snapshot import Snapshot

SHAPE = (20, 24, 28)


def review(path: Path, seed: int, rests: bool, log: TextIO) -> None:
    rng = np.random.default_rng(seed)
    first = np.zeros(SHAPE, np.uint8)
    edited = EditedLabels(first.copy())
    folder = SessionFolder.create(path, edited.data, {"shape": list(SHAPE)})
    while True:
        edited.apply_edit(rng.random(SHAPE) < 0.2, int(rng.integers(1, 5)), name="edit")
        print("begun", hash_array(edited.data), file=log, flush=True)
        folder.save(Snapshot.of(edited, ReviewState(), folder.needs_labels(edited.timeline)))
        print("saved", hash_array(edited.data), file=log, flush=True)
        accept(path, first, Labels(edited.data, 0.5), edited.timeline, ReviewState(), {})
        print("accepted", hash_array(edited.data), file=log, flush=True)
        if rests:
            time.sleep(60)


def main(folder: Path, reviews: int) -> None:
    rng = np.random.default_rng(11)
    prepare_edits()
    for number in range(reviews):
        log = folder / f"{number}.log"
        rests = number % 4 == 3
        child = os.fork()
        if not child:
            with open(log, "w") as stream:
                review(folder / f"{number}.review", number, rests, stream)
        # In the first acceptance, in the third, or after the first.
        word, times = ("accepted", 1) if rests else ("saved", 1 + 2 * (number % 2))
        while not (log.is_file() and log.read_text().count(word) >= times):
            time.sleep(0.002)
        time.sleep(rng.uniform(0, 0.12))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
