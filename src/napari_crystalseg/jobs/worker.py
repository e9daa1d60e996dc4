"""Worker: a warm process that runs one function at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import CrystalSegError
from .job import Job
from .worker_process import WorkerProcess


class Worker:
    """A warm process that runs one function at a time.

    Use it as a context manager, or call :meth:`close` when it is no longer needed.
    """

    def __init__(self) -> None:
        self._process: WorkerProcess | None = None
        self._retired: list[WorkerProcess] = []
        self._job: Job | None = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """Number of the process, None when none runs."""
        return self._process.pid if self._process is not None and self._process.alive else None

    @property
    def busy(self) -> bool:
        """Whether a job runs."""
        return self._job is not None and not self._job.done

    def warm(self, *modules: str) -> None:
        """Start the process before it is needed, and let it import ``modules`` (names) meanwhile."""
        self._ready().send((_import, modules, {}), None)

    def start(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Job:
        """Run ``function(*args, **kwargs, progress=report)`` in the process.

        Parameters
        ----------
        function : callable
            A function that the process can import by name. It takes ``progress(fraction, message)`` by keyword.
        *args, **kwargs
            Its arguments. They are sent in the background: do not change an array before the first update comes, or
            give a copy.

        Returns
        -------
        Job
            The running work. What goes wrong, even in sending, arrives there as a :class:`Failure`.

        Raises
        ------
        CrystalSegError
            The worker is busy with another job.
        """
        if self.busy:
            raise CrystalSegError("Another task is still running; wait for it or cancel it.")
        process = self._ready()

        def stop() -> None:
            if self._process is process:
                self._process = None
                self._retired.append(process)
            process.kill()

        job = self._job = Job(stop)
        process.run(job, function, args, kwargs)
        return job

    def close(self) -> None:
        """End the process, cancel what it runs, and wait until its threads and files are gone."""
        if self._job is not None:
            self._job.cancel()
        if self._process is not None:
            self._retired.append(self._process)
            self._process = None
        for process in self._retired:
            process.kill()
            process.join()
        self._retired.clear()

    def _ready(self) -> WorkerProcess:
        self._retired = [process for process in self._retired if process.cleaning]
        if self._process is None or not self._process.alive:
            if self._process is not None:
                self._retired.append(self._process)
            self._process = WorkerProcess()
        return self._process


def _import(*modules: str, progress: object) -> None:
    import importlib

    for module in modules:
        importlib.import_module(module)
