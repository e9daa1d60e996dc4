"""Long work in a process of its own, so that a window stays alive and a cancelled task gives its memory back.

A :class:`Worker` keeps one spawned Python process warm. It runs one function at a time and streams :class:`Progress`,
then one :class:`Result`, :class:`Failure` or :class:`Cancelled`. Large arrays travel as memory-mapped files, which are
removed as soon as they are mapped. The process is started afresh rather than through :mod:`multiprocessing`, which
would import the caller's main script, and with it the whole of napari, into it.
"""

from __future__ import annotations

import io
import itertools
import json
import os
import pickle
import queue
import secrets
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from .. import errors

# Below this an array is pickled with the rest: a file of its own costs more than it saves.
SMALLEST_MAPPED_BYTES = 1_000_000
_SECONDS_BETWEEN_PROGRESS = 0.05
# Number of the job and length of the pickle that follows.
_HEADER = struct.Struct("<QQ")
_NO_JOB = 0


@dataclass(frozen=True)
class Progress:
    """How far the work is.

    Parameters
    ----------
    fraction : float
        Part done, 0 to 1.
    message : str
        What is being done.
    seconds_left : float or None
        Estimate from the pace so far; None while it is too early to say.
    """

    fraction: float
    message: str
    seconds_left: float | None = None


@dataclass(frozen=True, eq=False)
class Result:
    """The work is done; large arrays in ``value`` are mapped, read-only where they were so in the worker."""

    value: Any


@dataclass(frozen=True, eq=False)
class Failure:
    """The work failed.

    Parameters
    ----------
    cause : str
        A sentence for the user.
    traceback : str
        Where it failed, for a report; empty when the process died.
    error : Exception or None
        The exception itself, where it could be sent.
    """

    cause: str
    traceback: str = ""
    error: BaseException | None = None


@dataclass(frozen=True)
class Cancelled:
    """The user cancelled the work; its process is gone."""


Outcome = Result | Failure | Cancelled
Update = Progress | Outcome


_NUMBERS = itertools.count(_NO_JOB + 1)


class Job:
    """One function running in a worker. Made by :meth:`Worker.start`."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self._number = next(_NUMBERS)
        self._changed = threading.Condition()
        self._pending: deque[Update] = deque()
        self._subscribers: list[Callable[[Update], None]] = []
        self._outcome: Outcome | None = None

    @property
    def done(self) -> bool:
        """Whether the result, failure or cancellation has arrived."""
        return self._outcome is not None

    @property
    def outcome(self) -> Outcome | None:
        """The final update, None while the work runs."""
        return self._outcome

    def poll(self) -> list[Update]:
        """Updates since the last call, without waiting; of progress only the newest."""
        with self._changed:
            news = list(self._pending)
            self._pending.clear()
            return news

    def updates(self, timeout: float | None = None) -> Iterator[Update]:
        """Iterate over updates as they come, up to and including the final one.

        Parameters
        ----------
        timeout : float, optional
            Longest wait for the next update, seconds; :class:`TimeoutError` after it.
        """
        while True:
            with self._changed:
                if not self._changed.wait_for(lambda: self._pending or self._outcome, timeout):
                    raise TimeoutError("No update came in time.")
                if not self._pending:
                    return
                update = self._pending.popleft()
            yield update

    def subscribe(self, callback: Callable[[Update], None]) -> None:
        """Call ``callback`` with each update from now on, in the thread that the update comes from.

        That is the worker's reader thread, or the thread that calls :meth:`cancel`. A job that is done already calls
        it at once with its final update.
        """
        with self._changed:
            if self._outcome is None:
                self._subscribers.append(callback)
                return
        callback(self._outcome)

    def wait(self, timeout: float | None = None) -> Outcome:
        """Wait for the final update; :class:`TimeoutError` when it takes longer than ``timeout`` seconds."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._outcome is not None, timeout):
                raise TimeoutError("The work is not done yet.")
        assert self._outcome is not None
        return self._outcome

    def cancel(self) -> None:
        """Stop the work by killing its process, which frees its memory. Nothing happens when it is done."""
        if self._announce(Cancelled()):
            self._stop()

    def _announce(self, update: Update) -> bool:
        """Hand on an update; False when the job was done already, which makes late ones harmless."""
        with self._changed:
            if self._outcome is not None:
                return False
            if isinstance(update, Progress):
                if self._pending and isinstance(self._pending[-1], Progress):
                    self._pending.pop()
            else:
                self._outcome = update
            self._pending.append(update)
            subscribers = list(self._subscribers)
            if self._outcome is not None:
                self._subscribers.clear()
            self._changed.notify_all()
        for subscriber in subscribers:
            subscriber(update)
        return True


class Worker:
    """A warm process that runs one function at a time.

    Use it as a context manager, or call :meth:`close` when it is no longer needed.
    """

    def __init__(self) -> None:
        self._process: _Process | None = None
        self._retired: list[_Process] = []
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
            raise errors.CrystalSegError("Another task is still running; wait for it or cancel it.")
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

    def _ready(self) -> _Process:
        self._retired = [process for process in self._retired if process.cleaning]
        if self._process is None or not self._process.alive:
            if self._process is not None:
                self._retired.append(self._process)
            self._process = _Process()
        return self._process


class _Process:
    """The parent's end: a process, the folder for its arrays and the thread that reads what it says."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="crystalseg-"))
        # The search path goes along, so that the process finds what the caller can import.
        program = (
            "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
            "from napari_crystalseg.jobs.jobs import _serve; _serve(sys.argv[2])"
        )
        path = [entry or os.getcwd() for entry in sys.path if isinstance(entry, str)]
        # -P: a json.py in the folder that the caller was started in must not be taken for the library's.
        command = [sys.executable, "-P", "-c", program, json.dumps(path), str(self._folder)]
        options: dict[str, Any] = {"start_new_session": True}  # Ctrl+C in a terminal is for the caller alone
        if sys.platform == "win32":
            options = {"creationflags": subprocess.CREATE_NO_WINDOW}
        self._popen = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options)
        self._end = weakref.finalize(self, _end, self._popen, self._folder)
        self._job: Job | None = None
        self._killed = threading.Event()
        self._outbox: queue.SimpleQueue[tuple[Any, Job | None] | None] = queue.SimpleQueue()
        self._sender = threading.Thread(target=self._send_all, name="crystalseg-sender", daemon=True)
        self._reader = threading.Thread(target=self._read_all, name="crystalseg-reader", daemon=True)
        self._sender.start()
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def alive(self) -> bool:
        return not self._killed.is_set() and self._popen.poll() is None

    @property
    def cleaning(self) -> bool:
        return self._reader.is_alive()

    def run(self, job: Job, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._job = job
        self.send((function, args, kwargs), job)

    def send(self, message: Any, job: Job | None) -> None:
        self._outbox.put((message, job))

    def kill(self) -> None:
        self._killed.set()
        _kill_tree(self._popen)

    def join(self) -> None:
        self._reader.join()

    def _send_all(self) -> None:
        assert self._popen.stdin is not None
        while (item := self._outbox.get()) is not None:
            message, job = item
            try:
                number = _NO_JOB if job is None else job._number
                _write(self._popen.stdin, number, _packed(message, self._folder, self._killed))
            except Exception as error:
                if self._popen.poll() is not None or self._killed.is_set():
                    return  # the reader tells what became of the process
                if job is not None:
                    cause = f"The work could not be sent to its process ({error})."
                    job._announce(Failure(cause, traceback.format_exc(), error))

    def _read_all(self) -> None:
        assert self._popen.stdout is not None
        try:
            while (message := _read(self._popen.stdout)) is not None:
                self._receive(*message)
        finally:
            code = self._popen.wait()
            self._outbox.put(None)
            self._killed.set()
            self._sender.join()
            self._end()
            if self._job is not None:
                self._job._announce(Failure(_cause_of_death(code)))

    def _receive(self, number: int, packed: bytes) -> None:
        job = self._job
        if job is None or number != job._number:
            return
        update: Update
        try:
            update = pickle.loads(packed)
        except Exception as error:
            cause = f"The result could not be received from its process ({error})."
            update = Failure(cause, traceback.format_exc(), error)
        if not isinstance(update, Progress):
            # A done job is let go of, so that its result lives only as long as the caller keeps it.
            self._job = None
        job._announce(update)


def _kill_tree(popen: subprocess.Popen[bytes]) -> None:
    """Kill a process and what it started itself, such as the workers of a library."""
    if popen.poll() is None:
        _kill_offspring(popen.pid)
        popen.kill()


def _kill_offspring(pid: int) -> None:
    import psutil

    try:
        offspring = psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        offspring = []
    for process in offspring:
        try:
            process.kill()
        except psutil.Error:
            pass


def _end(popen: subprocess.Popen[bytes], folder: Path) -> None:
    """Leave nothing behind: no process, no pipe, no file. Runs at the latest when Python exits."""
    _kill_tree(popen)
    popen.wait()
    for stream in (popen.stdin, popen.stdout):
        if stream is not None:
            try:
                stream.close()
            except OSError:
                pass  # what was still to be written to a dead process
    shutil.rmtree(folder, ignore_errors=True)


def _cause_of_death(code: int) -> str:
    if code in (-9, 137):
        return (
            "The process that did the work was killed from outside, most likely because the memory ran out; close "
            "other programs or take a smaller volume."
        )
    return f"The process that did the work ended unexpectedly (exit code {code}); what was asked for is not done."


# Messages: a pickle with its length before it, large arrays in files of their own.


def _write(stream: IO[bytes], number: int, packed: bytes) -> None:
    stream.write(_HEADER.pack(number, len(packed)))
    stream.write(packed)
    stream.flush()


def _read(stream: IO[bytes]) -> tuple[int, bytes] | None:
    """Next message, or None when the other side is gone."""
    header = stream.read(_HEADER.size)
    if len(header) < _HEADER.size:
        return None
    number, length = _HEADER.unpack(header)
    packed = stream.read(length)
    return (number, packed) if len(packed) == length else None


class _Pickler(pickle.Pickler):
    def __init__(self, stream: IO[bytes], folder: Path, stopped: threading.Event | None) -> None:
        super().__init__(stream, protocol=5)
        self._folder = folder
        self._stopped = stopped

    def reducer_override(self, value: Any) -> Any:
        if not isinstance(value, np.ndarray) or value.dtype.hasobject or type(value) not in (np.ndarray, np.memmap):
            return NotImplemented
        writeable = value.flags.writeable
        if value.nbytes < SMALLEST_MAPPED_BYTES:
            # Pickling forgets that an array is read-only; a frozen noun must stay frozen.
            return NotImplemented if writeable else (_frozen, (np.array(value),))
        path = self._folder / secrets.token_hex(8)
        with path.open("xb") as file:
            # A slab at a time: the whole of an array that is not contiguous would be copied.
            for slab in value.reshape(1, -1) if value.ndim < 2 else value:
                if self._stopped is not None and self._stopped.is_set():
                    raise errors.Cancelled("The process is gone.")
                file.write(np.ascontiguousarray(slab).data)
        return _mapped, (str(path), value.dtype, value.shape, writeable)


def _packed(message: Any, folder: Path, stopped: threading.Event | None = None) -> bytes:
    stream = io.BytesIO()
    before = set(os.listdir(folder))
    try:
        _Pickler(stream, folder, stopped).dump(message)
    except BaseException:
        for name in set(os.listdir(folder)) - before:
            (folder / name).unlink(missing_ok=True)
        raise
    return stream.getvalue()


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array


def _mapped(path: str, dtype: np.dtype[Any], shape: tuple[int, ...], writeable: bool) -> NDArray[Any]:
    array = np.asarray(np.memmap(path, dtype, "c" if writeable else "r", shape=shape))
    try:
        # The mapping keeps the bytes; without a name they go when it goes.
        os.unlink(path)
    except PermissionError:
        pass  # Windows keeps the name while it is mapped; the folder is removed with the process
    return array


# The worker's end.


def _serve(folder: str) -> None:
    """Run what is asked for on standard input until the parent is gone."""
    out = os.fdopen(os.dup(1), "wb")
    # What the work prints must not come between the messages.
    os.dup2(2, 1)
    inbox: queue.SimpleQueue[tuple[int, bytes]] = queue.SimpleQueue()

    def listen() -> None:
        while (message := _read(sys.stdin.buffer)) is not None:
            inbox.put(message)
        # The parent is gone, even if it was killed: stop at once, whatever is running.
        _kill_offspring(os.getpid())
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(1)

    threading.Thread(target=listen, daemon=True).start()
    while True:
        _answer(out, *inbox.get(), Path(folder))


_tell: Callable[[str], None] | None = None


def tell(message: str) -> None:
    """Let the job that runs in this process say something besides its progress; nothing where none runs."""
    if _tell is not None:
        _tell(message)


def _answer(out: IO[bytes], number: int, packed: bytes, folder: Path) -> None:
    global _tell
    started = last = time.monotonic()
    reached = 0.0

    def report(fraction: float, message: str) -> None:
        nonlocal last, reached
        now = time.monotonic()
        if now - last < _SECONDS_BETWEEN_PROGRESS and fraction < 1:
            return
        last = now
        reached = fraction = min(max(float(fraction), 0.0), 1.0)
        _write(out, number, _packed(Progress(fraction, message, _seconds_left(now - started, fraction)), folder))

    try:
        function, args, kwargs = pickle.loads(packed)
        del packed
        last = -1.0
        report(0.0, "Starting")
        last = -1.0
        main = threading.get_ident()
        # A thread of the work would write between the bytes of another message.
        _tell = lambda message: report(reached, message) if threading.get_ident() == main else None  # noqa: E731
        answer = _packed(Result(function(*args, **kwargs, progress=report)), folder)
    except errors.Cancelled:
        answer = _packed(Cancelled(), folder)
    except BaseException as error:
        answer = _packed(_failure(error), folder)
    finally:
        _tell = None
    _write(out, number, answer)


def _seconds_left(elapsed_s: float, fraction: float) -> float | None:
    # The first moments go into imports and compilation and say little about the pace.
    return elapsed_s * (1 - fraction) / fraction if elapsed_s > 1 and fraction > 0.02 else None


def _failure(error: BaseException) -> Failure:
    details = traceback.format_exc()
    if isinstance(error, errors.CrystalSegError):
        cause = str(error)
    elif errors.lacks_memory(error):
        brief = _first_line(error)
        cause = f"There is not enough memory for this ({brief}); close other programs or take a smaller volume."
    elif isinstance(error, ImportError):
        cause = f"A library that this needs cannot be loaded ({_first_line(error)}); install napari-crystalseg again."
    else:
        cause = errors.sentence(error) or f"{type(error).__name__}: {_first_line(error)}"
    try:
        # Some exceptions pickle but cannot be made again.
        pickle.loads(pickle.dumps(error))
    except Exception:
        return Failure(cause, details)
    return Failure(cause, details, error)


def _first_line(error: BaseException) -> str:
    """Beginning of an error's text: libraries print whole screens, and the traceback has all of it."""
    return next(iter(str(error).splitlines()), "")


def _import(*modules: str, progress: object) -> None:
    import importlib

    for module in modules:
        importlib.import_module(module)
