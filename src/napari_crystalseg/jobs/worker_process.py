"""The caller's end of a worker: its process, the folder for its arrays, and the threads that talk to it."""

from __future__ import annotations

import json
import os
import pickle
import queue
import subprocess
import sys
import tempfile
import threading
import traceback
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .job import Job
from .killing import cause_of_death, end, kill_tree
from .messages import NO_JOB, packed, read, write
from .updates import Failure, Interim, Progress, Update


class WorkerProcess:
    """The parent's end: a process, the folder for its arrays and the thread that reads what it says."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="crystalseg-"))
        # The search path goes along, so that the process finds what the caller can import.
        program = (
            "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
            "from napari_crystalseg.jobs.server import serve; serve(sys.argv[2])"
        )
        path = search_path()
        # -P: a json.py in the folder that the caller was started in must not be taken for the library's.
        command = [sys.executable, "-P", "-c", program, json.dumps(path), str(self._folder)]
        options: dict[str, Any] = {"start_new_session": True}  # Ctrl+C in a terminal is for the caller alone
        if sys.platform == "win32":
            options = {"creationflags": subprocess.CREATE_NO_WINDOW}
        self._popen = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options)
        self._end = weakref.finalize(self, end, self._popen, self._folder)
        self._job: Job | None = None
        self._killed = threading.Event()
        self._outbox: queue.SimpleQueue[tuple[Any, Job | None] | None] = queue.SimpleQueue()
        self._sender = threading.Thread(target=self._send_all, name="crystalseg-sender", daemon=True)
        self._reader = threading.Thread(target=self._read_all, name="crystalseg-reader", daemon=True)
        self._sender.start()
        self._reader.start()

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._popen.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs and was not killed."""
        return not self._killed.is_set() and self._popen.poll() is None

    @property
    def cleaning(self) -> bool:
        """Whether the process still runs, or what it left is still being cleared away."""
        return self._reader.is_alive()

    def run(self, job: Job, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Call a function in the process; the job is told how far it is and what came of it."""
        self._job = job
        self.send((function, args, kwargs), job)

    def send(self, message: Any, job: Job | None) -> None:
        """Send a message of a job, or of none, from a thread of its own."""
        self._outbox.put((message, job))

    def kill(self) -> None:
        """Kill the process and what it started."""
        self._killed.set()
        kill_tree(self._popen)

    def join(self) -> None:
        """Wait until the process has ended and what it left is cleared away."""
        self._reader.join()

    def _send_all(self) -> None:
        assert self._popen.stdin is not None
        while (item := self._outbox.get()) is not None:
            message, job = item
            try:
                number = NO_JOB if job is None else job.number
                write(self._popen.stdin, number, packed(message, self._folder, self._killed))
            except Exception as error:
                if self._popen.poll() is not None or self._killed.is_set():
                    return  # the reader tells what became of the process
                if job is not None:
                    cause = f"The work could not be sent to its process ({error})."
                    job.announce(Failure(cause, traceback.format_exc(), error))

    def _read_all(self) -> None:
        assert self._popen.stdout is not None
        try:
            while (message := read(self._popen.stdout)) is not None:
                self._receive(*message)
        finally:
            code = self._popen.wait()
            self._outbox.put(None)
            self._killed.set()
            self._sender.join()
            self._end()
            if self._job is not None:
                self._job.announce(Failure(cause_of_death(code)))

    def _receive(self, number: int, pickled: bytes) -> None:
        job = self._job
        if job is None or number != job.number:
            return
        update: Update
        try:
            update = pickle.loads(pickled)
        except Exception as error:
            cause = f"The result could not be received from its process ({error})."
            update = Failure(cause, traceback.format_exc(), error)
        if not isinstance(update, Progress | Interim):
            # A done job is let go of, so that its result lives only as long as the caller keeps it.
            self._job = None
        job.announce(update)


def search_path() -> list[str]:
    """Return the folders that modules are looked for in.

    Folders that are packages themselves are left out: OpenCV puts its own there while a thread imports it, and its
    ``typing`` would be taken for the library's in a process that starts then.
    """
    entries = [entry or os.getcwd() for entry in sys.path if isinstance(entry, str)]
    return [entry for entry in entries if not os.path.isfile(os.path.join(entry, "__init__.py"))]
