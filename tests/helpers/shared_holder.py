"""A worker that outlives the docks of single tests."""

from __future__ import annotations

from napari_crystalseg.jobs import Worker


class SharedHolder:
    """One worker for all tests, as starting one takes a second."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    def worker(self) -> Worker:
        return self._worker

    def close(self) -> None:
        pass


class SharedFollowerHolder(SharedHolder):
    """One worker for what follows labels in all docks; what still runs for a dock that closes ends with it."""

    def close(self) -> None:
        if self._worker.busy:
            self._worker.close()
