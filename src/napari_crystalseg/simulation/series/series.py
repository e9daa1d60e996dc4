"""Series of cases: one after the other, or side by side on a Dask cluster."""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from ...errors import CrystalSegError, InputError
from ...progress import Progress, part, silent
from .failed_cases import FailedCases

MakeCase = Callable[[int, Progress], None]
"""``make(case, progress)`` makes one case; for a cluster it must be picklable and small, and write where all read."""

# How often a waiting caller is asked whether to go on.
_SECONDS_BETWEEN_PROGRESS = 0.5
# A first estimate from less would be a guess.
_SECONDS_BEFORE_ESTIMATE = 3.0
_SECONDS_TO_CONNECT = 20
# A process makes one case at a time: kernels already use the threads that it has.
_ONE_AT_A_TIME = threading.Lock()


class _SeriesEnded(CrystalSegError):
    """No case can be made any more."""


def run_series(
    make: MakeCase,
    cases: Sequence[int],
    *,
    scheduler: str | None = None,
    workers: int | None = None,
    already_made: int = 0,
    progress: Progress = silent,
) -> None:
    """Make the cases of a series.

    Parameters
    ----------
    make : callable
        Makes one case. What it makes must depend on nothing but the number of the case.
    cases : sequence of int
        Numbers of the cases.
    scheduler : str, optional
        ``"local"`` for a Dask cluster of processes on this machine, which ends with the series; or the address of a
        running one, such as ``tcp://host:8786``, whose workers have this package and see the same files. Without, one
        case after the other is made in this process.
    workers : int, optional
        Number of processes of a local cluster; by default one for each core.
    already_made : int
        Cases that an earlier run has made. While there are none, three that cannot be made end the series.
    progress : Progress
        Called as the work goes on, with an estimate of the time left.

    Raises
    ------
    InputError
        A number of workers without a local cluster, no Dask, or a scheduler that does not answer.
    CrystalSegError
        Cases that could not be made, told when all others are; a case that ended the processes that made it; or the
        scheduler went.
    """
    if workers is not None and scheduler != "local":
        raise InputError("A number of workers goes with a local scheduler only; ask for --scheduler local.")
    if workers is not None and workers < 1:
        raise InputError(f"At least one worker is needed, not {workers}.")
    if not cases:
        return
    progress = _with_estimate(progress)
    failed = FailedCases(already_made)
    if scheduler is None:
        for done, case in enumerate(cases):
            try:
                make(case, part(progress, done / len(cases), (done + 1) / len(cases)))
                failed.made()
            except CrystalSegError as error:
                failed.note(case, error)
    else:
        progress(0.0, f"Starting on {len(cases)} cases")
        with _client(scheduler, workers, len(cases)) as client:
            _run_on(client, make, cases, failed, progress)
    failed.tell()


def _run_on(client: Any, make: MakeCase, cases: Sequence[int], failed: FailedCases, progress: Progress) -> None:
    # Sent with each task rather than once, so that a case can be made again elsewhere when a worker is lost.
    waiting = {client.submit(_make_here, make, case, pure=False): case for case in cases}
    ended: queue.SimpleQueue[Any] = queue.SimpleQueue()
    for future in waiting:
        future.add_done_callback(ended.put)
    try:
        while waiting:
            done = len(cases) - len(waiting)
            progress(done / len(cases), f"{done} of {len(cases)} cases made")
            try:
                future = ended.get(timeout=_SECONDS_BETWEEN_PROGRESS)
            except queue.Empty:
                continue
            case = waiting.pop(future)
            try:
                _wait(future)
                failed.made()
            except _SeriesEnded:
                raise
            except CrystalSegError as error:
                failed.note(case, error)
    finally:
        # The scheduler may be gone.
        with suppress(OSError, RuntimeError):
            client.cancel(list(waiting))


def _wait(future: Any) -> None:
    """Raise what ended a case; what ended the series is no error of a case, and is raised as another kind."""
    from distributed import CancelledError, KilledWorker

    try:
        future.result()
    except KilledWorker as error:
        raise _SeriesEnded(
            "One case has ended every process that began it, most likely because memory ran out: make smaller cases, "
            "or have fewer workers. Finished cases stay; start again to go on."
        ) from error
    except CancelledError as error:
        raise _SeriesEnded(
            "The Dask scheduler has gone, or has dropped the cases; finished ones stay. Start again to go on."
        ) from error


def _make_here(make: MakeCase, case: int) -> None:
    with _ONE_AT_A_TIME:
        make(case, silent)


@contextmanager
def _client(scheduler: str, workers: int | None, cases: int) -> Iterator[Any]:
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise InputError("A scheduler needs Dask's distributed; install it with: pip install distributed") from error
    if scheduler != "local":
        try:
            _check_address(scheduler)
            client = Client(scheduler, timeout=_SECONDS_TO_CONNECT, set_as_default=False)
        except (OSError, ValueError) as error:
            raise InputError(f"No Dask scheduler answers at {scheduler} ({error}).") from error
        with client:
            yield client
        return
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    workers = min(workers or cores, cases)
    threads = str(max(1, cores // workers))
    with (
        LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            # A case is no data of Dask's, so its bound on them would only end cases that fit.
            memory_limit=0,
            # At any free port: the usual one may be taken.
            dashboard_address="127.0.0.1:0",
            silence_logs=50,
            preload=["napari_crystalseg.simulation.series.series_worker"],
            env={"NUMBA_NUM_THREADS": min(threads, os.environ.get("NUMBA_NUM_THREADS", threads), key=int)},
        ) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


def _check_address(scheduler: str) -> None:
    """Raise ValueError for what is no address: a client that was given one takes most of a minute to go."""
    from distributed.comm.addressing import parse_address
    from distributed.comm.registry import get_backend

    scheme, location = parse_address(scheduler)
    # Addresses within a process have no port.
    with suppress(NotImplementedError):
        _, port = get_backend(scheme).get_address_host_port(location)
        if not 0 < port < 65536:
            raise ValueError(f"ports run from 1 to 65535, not {port}")


def _with_estimate(progress: Progress) -> Progress:
    start = time.monotonic()

    def report(fraction: float, message: str) -> None:
        elapsed = time.monotonic() - start
        if message and 0 < fraction < 1 and elapsed > _SECONDS_BEFORE_ESTIMATE:
            message = f"{message}, about {_duration(elapsed * (1 - fraction) / fraction)} left"
        progress(fraction, message)

    return report


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if minutes < 1:
        return f"{max(1, round(seconds))} s"
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"
