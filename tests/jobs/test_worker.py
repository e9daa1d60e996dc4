"""Work in a process of its own: what comes back, what is left behind when it is stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

import numpy as np
import psutil
import pytest

from napari_crystalseg.errors import Cancelled as CancelledError
from napari_crystalseg.errors import CrystalSegError, InputError
from napari_crystalseg.jobs import Cancelled, Failure, Progress, Result, Worker
from napari_crystalseg.jobs.messages import SMALLEST_MAPPED_BYTES
from napari_crystalseg.jobs.server import _seconds_left
from napari_crystalseg.labels import Labels
from napari_crystalseg.volume import Volume

PATIENCE_S = 30


def count(n, progress):
    for i in range(n):
        progress((i + 1) / n, f"step {i + 1}")
        time.sleep(0.06)
    print("what a library prints must not disturb")
    return n


def pid_of(progress):
    return os.getpid()


def doubled(volume, progress):
    return {"volume": Volume(volume.data * 2, volume.voxel_size_um), "largest": float(volume.data.max())}


def same(value, progress):
    return value


def flags(*arrays, progress):
    return [array.flags.writeable for array in arrays]


def refuse(progress):
    raise InputError("The scan has no flats; add them.")


def divide(progress):
    return 1 / 0


class Awkward(Exception):
    def __init__(self, one, two):
        super().__init__(one)


def lack(error, progress):
    raise error


def awkward(progress):
    raise Awkward("cannot be made again", 2)


def give_up(progress):
    raise CancelledError("stopped")


def hoard(megabytes, progress):
    hoarded = np.ones(megabytes * 1_000_000, np.uint8)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    progress(0.5, str(child.pid))
    time.sleep(600)
    return hoarded


class Unreadable:
    def __reduce__(self):
        return divide, (None,)


def die(progress):
    os._exit(3)


def compiled(progress):
    from numba import njit

    import napari_crystalseg.computing.compilation  # noqa: F401

    progress(0.25, "working")
    time.sleep(0.1)
    return njit(lambda x: x + 1)(1)


def loaded(progress):
    return sorted(set(sys.modules) & {"napari", "qtpy", "PyQt6", "colorsys"})


@pytest.fixture
def worker(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    threads = set(threading.enumerate())
    with Worker() as worker:
        yield worker
    assert list(tmp_path.iterdir()) == []
    assert set(threading.enumerate()) <= threads
    assert worker.pid is None


@pytest.fixture(scope="module")
def warm():
    """A process that several tests use, for starting one takes most of their time."""
    with Worker() as worker:
        yield worker


def test_progress_then_result(warm):
    updates = list(warm.start(count, 30).updates(PATIENCE_S))
    assert isinstance(updates[-1], Result)
    assert updates[-1].value == 30
    progress = updates[:-1]
    assert all(isinstance(update, Progress) for update in progress)
    fractions = [update.fraction for update in progress]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert progress[-1].message == "step 30"
    # 30 steps of 60 ms take longer than the second after which there is an estimate.
    assert progress[-1].seconds_left == 0


def test_estimate_of_the_time_left():
    assert _seconds_left(0.9, 0.5) is None
    assert _seconds_left(600, 0.01) is None
    assert _seconds_left(30, 0.75) == pytest.approx(10)


def test_nouns_travel_whole_and_stay_frozen(warm):
    volume = Volume(np.arange(700_000.0).reshape(70, 100, 100), (0.3, 0.4, 0.5))
    assert volume.data.nbytes > SMALLEST_MAPPED_BYTES
    value = warm.start(doubled, volume).wait(PATIENCE_S).value
    np.testing.assert_array_equal(value["volume"].data, volume.data * 2)
    assert value["volume"].voxel_size_um == (0.3, 0.4, 0.5)
    assert value["volume"].data.dtype == np.float32
    assert not value["volume"].data.flags.writeable
    assert value["largest"] == 699_999
    small = Labels(np.ones((2, 3, 4), np.uint8), 1.0)
    back = warm.start(same, small).wait(PATIENCE_S).value
    np.testing.assert_array_equal(back.data, small.data)
    assert not back.data.flags.writeable


@pytest.mark.parametrize(
    "array",
    [
        np.asfortranarray(np.random.default_rng(0).normal(size=(300, 200, 20))),
        np.random.default_rng(0).integers(0, 9, (400, 300, 30)).astype(">u2")[::2, :, ::-1],
        np.arange(2_000_000, dtype=np.int64),
        np.zeros(200_000, [("hkl", "i4", 3), ("A", "f8")]),
        np.arange(6, dtype=np.int16).reshape(2, 3),
    ],
    ids=["fortran", "strided", "flat", "table", "small"],
)
def test_any_array_comes_back_the_same(warm, array):
    back = warm.start(same, (array, array)).wait(PATIENCE_S).value
    np.testing.assert_array_equal(back[0], array)
    assert back[0].dtype == array.dtype
    assert back[0] is back[1]
    assert type(back[0]) is np.ndarray


def test_arrays_keep_whether_they_may_be_written(warm):
    large, small = np.zeros(2_000_000), np.zeros(3)
    for array in (large, small):
        frozen = array.view()
        frozen.flags.writeable = False
        assert warm.start(flags, array, frozen).wait(PATIENCE_S).value == [True, False]


def test_large_arrays_leave_no_files(worker):
    outcome = worker.start(same, np.ones(3_000_000)).wait(PATIENCE_S)
    folder = worker._process._folder
    assert list(folder.iterdir()) == []
    assert outcome.value.sum() == 3_000_000


def test_jobs_in_sequence_reuse_the_warm_process(worker):
    worker.warm("colorsys")
    pid = worker.pid
    assert worker.start(pid_of).wait(PATIENCE_S).value == pid
    assert worker.start(pid_of).wait(PATIENCE_S).value == pid
    # Imported by request; neither Qt nor napari comes in by itself.
    assert worker.start(loaded).wait(PATIENCE_S).value == ["colorsys"]


def test_cancel_ends_the_process_and_all_that_it_had_started(worker):
    job = worker.start(hoard, 100)
    child = next(int(update.message) for update in job.updates(PATIENCE_S) if update.fraction == 0.5)
    process = psutil.Process(worker.pid)
    assert process.memory_info().rss > 100e6
    job.cancel()
    assert isinstance(job.wait(PATIENCE_S), Cancelled)
    # The work itself would have gone on for much longer.
    gone, _ = psutil.wait_procs([process], timeout=PATIENCE_S)
    assert gone and not process.is_running()
    # What the work itself had started is gone too.
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE
    again = worker.start(pid_of).wait(PATIENCE_S).value
    assert again == worker.pid != process.pid


def test_cancel_while_an_array_is_being_sent(worker):
    job = worker.start(same, np.ones(10_000_000))
    job.cancel()
    assert list(job.updates(1)) == [Cancelled()]


def test_cancel_after_the_end_changes_nothing(warm):
    job = warm.start(count, 1)
    job.wait(PATIENCE_S)
    pid = warm.pid
    job.cancel()
    assert isinstance(job.outcome, Result)
    assert warm.pid == pid


def test_an_error_of_ours_arrives_as_it_is(warm):
    failure = warm.start(refuse).wait(PATIENCE_S)
    assert isinstance(failure, Failure)
    assert failure.cause == "The scan has no flats; add them."
    assert isinstance(failure.error, InputError)
    assert "refuse" in failure.traceback


def test_any_error_arrives_with_its_traceback_and_the_worker_lives_on(warm):
    failure = warm.start(divide).wait(PATIENCE_S)
    assert failure.cause == "ZeroDivisionError: division by zero"
    assert "1 / 0" in failure.traceback
    failure = warm.start(awkward).wait(PATIENCE_S)
    assert failure.cause == "Awkward: cannot be made again"
    assert failure.error is None
    assert isinstance(warm.start(give_up).wait(PATIENCE_S), Cancelled)
    assert warm.start(count, 1).wait(PATIENCE_S).value == 1


def test_what_the_machine_lacks_is_one_sentence(warm):
    failure = warm.start(lack, MemoryError("Unable to allocate 8 GiB\nhere")).wait(PATIENCE_S)
    assert failure.cause.startswith("There is not enough memory for this (Unable to allocate 8 GiB);")
    failure = warm.start(lack, ModuleNotFoundError("No module named 'torch'")).wait(PATIENCE_S)
    assert "(No module named 'torch'); install napari-crystalseg again." in failure.cause
    failure = warm.start(lack, RuntimeError("short\nand a screen more")).wait(PATIENCE_S)
    assert failure.cause == "RuntimeError: short" and "a screen more" in failure.traceback


def test_files_where_the_caller_stands_do_not_shadow_the_library(worker, tmp_path, monkeypatch):
    (tmp_path / "json.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if entry])
    assert worker.start(count, 1).wait(PATIENCE_S).value == 1
    (tmp_path / "json.py").unlink()


def test_what_cannot_be_sent_is_a_failure(warm):
    failure = warm.start(lambda progress: None).wait(PATIENCE_S)
    assert "could not be sent" in failure.cause
    failure = warm.start(same, (np.ones(2_000_000), threading.Lock())).wait(PATIENCE_S)
    assert "could not be sent" in failure.cause
    assert list(warm._process._folder.iterdir()) == []
    assert warm.start(count, 1).wait(PATIENCE_S).value == 1


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_killed_from_outside(worker):
    job = worker.start(hoard, 1)
    next(update for update in job.updates(PATIENCE_S) if update.fraction == 0.5)
    psutil.Process(worker.pid).children()[0].kill()
    os.kill(worker.pid, signal.SIGKILL)
    failure = job.wait(PATIENCE_S)
    assert isinstance(failure, Failure)
    assert "memory" in failure.cause
    assert worker.start(count, 1).wait(PATIENCE_S).value == 1


def test_arguments_and_results_that_cannot_be_made_again(warm):
    assert "division" in warm.start(same, Unreadable()).wait(PATIENCE_S).cause
    assert warm.start(count, 1).wait(PATIENCE_S).value == 1


def test_process_that_ends_itself(worker):
    assert "exit code 3" in worker.start(die).wait(PATIENCE_S).cause


def test_one_job_at_a_time(worker):
    job = worker.start(count, 20)
    with pytest.raises(CrystalSegError, match="still running"):
        worker.start(count, 1)
    job.cancel()


def test_subscriber_hears_everything_from_another_thread(warm):
    heard, ended = [], threading.Event()

    def hear(update):
        heard.append((update, threading.current_thread()))
        if isinstance(update, Result):
            ended.set()

    job = warm.start(count, 3)
    job.subscribe(hear)
    job.wait(PATIENCE_S)
    late = []
    job.subscribe(late.append)
    assert ended.wait(PATIENCE_S)
    assert late == [job.outcome]
    assert all(thread is not threading.main_thread() for _, thread in heard)


def test_poll_does_not_wait(warm):
    job = warm.start(count, 5)
    assert job.poll() == []
    job.wait(PATIENCE_S)
    assert isinstance(job.poll()[-1], Result)
    assert job.poll() == []


def test_worker_ends_with_its_parent():
    program = (
        "import sys, time; sys.path.insert(0, sys.argv[1])\n"
        "import test_worker\n"
        "from napari_crystalseg.jobs import Worker\n"
        "worker = Worker(); job = worker.start(test_worker.hoard, 1)\n"
        "child = next(update.message for update in job.updates(60) if update.fraction == 0.5)\n"
        "print(worker.pid, child, worker._process._folder, flush=True)\n"
        "time.sleep(60)"
    )
    command = [sys.executable, "-c", program, os.path.dirname(__file__)]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    pid, child, folder = parent.stdout.readline().split()
    processes = [psutil.Process(int(pid)), psutil.Process(int(child))]
    parent.kill()
    parent.communicate()
    _, alive = psutil.wait_procs(processes, timeout=10)
    assert all(process.status() == psutil.STATUS_ZOMBIE for process in alive)
    assert not os.path.exists(folder)


def test_a_job_says_that_it_compiles(warm):
    updates = list(warm.start(compiled).updates(timeout=60))
    assert updates[-1].value == 2
    said = [(update.fraction, update.message) for update in updates if isinstance(update, Progress)]
    assert (0.25, "compiling, once on this machine") in said


def test_a_package_on_the_search_path_hides_no_library(tmp_path, monkeypatch):
    package = tmp_path / "cv2"
    (package / "typing").mkdir(parents=True)
    for folder in (package, package / "typing"):
        (folder / "__init__.py").write_text("raise ImportError('not the library')")
    monkeypatch.setattr("sys.path", [str(package), *sys.path])
    with Worker() as worker:
        assert worker.start(pid_of).wait(PATIENCE_S).value != os.getpid()
