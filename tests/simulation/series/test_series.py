"""Cases made side by side are those made one after the other; stopped series go on."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from napari_crystalseg.cli import main
from napari_crystalseg.errors import Cancelled, CrystalSegError, InputError
from napari_crystalseg.progress import silent
from napari_crystalseg.simulation.requests.case_request import CaseRequest
from napari_crystalseg.simulation.series import series
from napari_crystalseg.simulation.series.case_series import make_missing
from napari_crystalseg.simulation.series.series import run_series
from napari_crystalseg.simulation.simulate import simulate

SMALL = {"size": 32, "angles": 12}
posix = pytest.mark.skipif(os.name != "posix", reason="signals to groups of processes are POSIX's")


def contents(folder):
    return {
        f"{case.name}/{path.name}": path.read_bytes() for case in sorted(folder.iterdir()) for path in case.iterdir()
    }


@pytest.fixture(scope="module")
def one_by_one(tmp_path_factory):
    folder = tmp_path_factory.mktemp("one_by_one")
    simulate(folder, 3, CaseRequest(11, **SMALL))
    return folder


@pytest.fixture(scope="module")
def distributed():
    return pytest.importorskip("distributed")


def test_same_bytes_whatever_the_number_of_workers(one_by_one, tmp_path, distributed):
    """Of two processes here; of one, and of one that was killed, below."""
    folders = simulate(tmp_path, 3, CaseRequest(11, **SMALL), scheduler="local", workers=2)
    assert folders == [tmp_path / f"case_{n:04d}" for n in range(3)]
    assert contents(tmp_path) == contents(one_by_one)


def test_a_running_cluster_is_used_and_left_running(one_by_one, tmp_path, distributed, running_cluster):
    """Workers with several threads, too, make one case at a time each, and the same bytes."""
    with distributed.Client(running_cluster, set_as_default=False):
        simulate(tmp_path, 2, CaseRequest(11, **SMALL), scheduler=running_cluster.scheduler_address)
    assert running_cluster.status == distributed.core.Status.running
    assert contents(tmp_path).items() <= contents(one_by_one).items()


@posix
def test_a_killed_run_goes_on_and_repeats_nothing(one_by_one, tmp_path, distributed):
    """Killed outright, as by a crash or a batch system, once the first case is there; the rest is made without Dask."""
    words = ["simulate", str(tmp_path), "--n", "3", "--seed", "11", "--size", "32", "--angles", "12"]
    program = "import sys; from napari_crystalseg.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", program, *words, "--scheduler", "local", "--workers", "1"]
    with open(tmp_path / "log.txt", "w") as log:
        run = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        try:
            until = time.monotonic() + 300
            while not list(tmp_path.glob("case_*")) and run.poll() is None and time.monotonic() < until:
                time.sleep(0.01)
        finally:
            if run.poll() is None:
                os.killpg(run.pid, signal.SIGKILL)
            run.wait()
    (tmp_path / "log.txt").unlink()
    made = {path: path.stat().st_mtime_ns for path in tmp_path.glob("case_*/*")}
    assert made
    assert main(words) == 0
    assert {path: path.stat().st_mtime_ns for path in made} == made
    assert contents(tmp_path) == contents(one_by_one)


@posix
def test_an_interrupted_run_stops_cleanly(tmp_path, distributed):
    """Ctrl+C reaches every process of the terminal's group: nothing half-written stays, and no process."""
    words = ["simulate", str(tmp_path), "--n", "50", "--seed", "1", "--size", "32", "--angles", "12"]
    program = "import sys; from napari_crystalseg.cli import main; sys.exit(main(sys.argv[1:]))"
    run = subprocess.Popen(
        [sys.executable, "-c", program, *words, "--scheduler", "local", "--workers", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    until = time.monotonic() + 300
    while not list(tmp_path.glob("case_*")) and run.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    os.killpg(run.pid, signal.SIGINT)
    _, told = run.communicate(timeout=120)
    assert run.returncode == 130, told
    assert "Interrupted; finished files are whole." in told
    assert "Traceback" not in told
    assert not list(tmp_path.glob(".*"))
    assert 0 < len(list(tmp_path.glob("case_*"))) < 50
    for case in tmp_path.iterdir():
        assert json.loads((case / "manifest.json").read_text())["files"].keys() <= {p.name for p in case.iterdir()}
    # The last of them may take a moment to be gone.
    until = time.monotonic() + 20
    with pytest.raises(ProcessLookupError):
        while time.monotonic() < until:
            os.killpg(run.pid, 0)
            time.sleep(0.05)


def test_a_finished_series_starts_nothing(one_by_one, monkeypatch):
    monkeypatch.setattr(series, "_client", lambda *given: pytest.fail("a cluster was started"))
    before = {path: path.stat().st_mtime_ns for path in one_by_one.glob("*/*")}
    simulate(one_by_one, 3, CaseRequest(11, **SMALL), scheduler="local")
    assert {path: path.stat().st_mtime_ns for path in one_by_one.glob("*/*")} == before


def test_errors_of_a_case_reach_the_caller(running_cluster):
    with pytest.raises(InputError, match="There is no case"):
        run_series(_refuse, range(2), scheduler=running_cluster.scheduler_address)


class Picky:
    """Cannot make some cases."""

    def __init__(self, folder, bad):
        self.folder, self.bad = folder, bad

    def __call__(self, case, progress):
        if case in self.bad:
            raise InputError(f"no liquor fits sample {case}")
        (self.folder / f"{case}").touch()


class PickySeries:
    """A series in a folder, some of whose cases cannot be made."""

    def __init__(self, out, bad):
        self.out, self.bad = out, bad

    def folder(self, case):
        return self.out / f"case_{case}"

    def request(self, case):
        return {"case": case}

    def __call__(self, case, progress):
        if case in self.bad:
            raise InputError(f"no liquor fits sample {case}")
        self.folder(case).mkdir()
        (self.folder(case) / "manifest.json").write_text(json.dumps({"request": self.request(case)}))


@pytest.mark.parametrize("on_dask", [False, True])
def test_one_bad_case_does_not_stop_the_rest(tmp_path, running_cluster, on_dask):
    address = running_cluster.scheduler_address if on_dask else None
    with pytest.raises(CrystalSegError, match=r"2 of 6 cases could not be made.*case 1: no liquor.*case 4:"):
        run_series(Picky(tmp_path, (1, 4)), range(6), scheduler=address)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "2", "3", "5"]


def test_a_series_that_fails_from_the_start_ends(tmp_path):
    with pytest.raises(InputError, match="no liquor fits sample 2"):
        run_series(Picky(tmp_path, range(50)), range(50))


def test_a_series_that_goes_on_may_begin_with_what_it_could_not_make(tmp_path):
    picky = PickySeries(tmp_path, (0, 1, 2))
    picky(3, silent)
    with pytest.raises(CrystalSegError, match=r"3 of 6 cases could not be made.*case 0: no liquor.*case 2:"):
        make_missing(picky, range(6), scheduler=None, workers=None, progress=silent)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["case_3", "case_4", "case_5"]


@pytest.mark.parametrize("ending", [KeyboardInterrupt, Cancelled, OSError, ValueError])
def test_what_is_no_error_of_a_case_ends_the_series_at_once(tmp_path, ending):
    def make(case, progress):
        if case == 2:
            raise ending("the end")
        Picky(tmp_path, (1,))(case, progress)

    with pytest.raises(ending, match="the end"):
        run_series(make, range(5))
    assert [path.name for path in tmp_path.iterdir()] == ["0"]


class Held:
    """Makes the first case at once, and holds the others until the series was cancelled."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, case, progress):
        (self.folder / f"begun_{case}").touch()
        while case and not (self.folder / "cancelled").exists():
            time.sleep(0.01)


def test_a_watcher_can_cancel(tmp_path, running_cluster):
    """What has begun may end; what waits is never begun."""

    def cancel(fraction, message):
        if "1 of 20 cases made" in message:
            raise Cancelled

    with pytest.raises(Cancelled):
        run_series(Held(tmp_path), range(20), scheduler=running_cluster.scheduler_address, progress=cancel)
    # Nothing waits any more once the scheduler has forgotten what was cancelled.
    until = time.monotonic() + 60
    while running_cluster.scheduler.tasks and time.monotonic() < until:
        time.sleep(0.01)
    assert not running_cluster.scheduler.tasks
    (tmp_path / "cancelled").touch()
    # The first, and one for each of the two threads.
    assert 1 <= len(list(tmp_path.glob("begun_*"))) <= 3


@posix
def test_a_case_that_ends_its_process_is_told(distributed):
    """As the system does when memory runs out."""
    import dask

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        pytest.raises(CrystalSegError, match="memory ran out"),
    ):
        run_series(_end_process, range(2), scheduler="local", workers=1)


def test_a_scheduler_that_goes_is_told(distributed):
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, protocol="tcp", dashboard_address="127.0.0.1:0"
    ) as cluster:

        def end_cluster(fraction, message):
            if "0 of 2 cases made" in message:
                cluster.close()

        with pytest.raises(CrystalSegError, match="scheduler has gone"):
            run_series(_wait, range(2), scheduler=cluster.scheduler_address, progress=end_cluster)


def _refuse(case, progress):
    raise InputError("There is no case.")


def _end_process(case, progress):
    os._exit(9)


def _wait(case, progress):
    """Make a case that never ends by itself, only with its worker."""
    from distributed import Status, get_worker

    while get_worker().status == Status.running:
        time.sleep(0.01)


def test_time_left_is_told(monkeypatch):
    """Ten equal cases of a minute: after one of them nine minutes are left."""
    now = [0.0]
    monkeypatch.setattr(series.time, "monotonic", lambda: now[0])

    def make(case, progress):
        now[0] += 60.0
        progress(1.0, f"case {case}")

    told = []
    run_series(make, range(10), progress=lambda fraction, message: told.append(message))
    assert told[0] == "case 0, about 9 min left"
    assert told[8] == "case 8, about 1 min left"
    assert told[9] == "case 9"
    now[0] = 0.0
    told.clear()
    run_series(make, range(200), progress=lambda fraction, message: told.append(message))
    assert re.fullmatch(r"case 0, about 3 h 19 min left", told[0])


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"workers": 2}, "local scheduler only"),
        ({"workers": 2, "scheduler": "tcp://somewhere:8786"}, "local scheduler only"),
        ({"workers": 0, "scheduler": "local"}, "At least one worker"),
    ],
)
def test_bad_requests_are_refused(options, match, tmp_path):
    with pytest.raises(InputError, match=match):
        simulate(tmp_path, 1, CaseRequest(0, **SMALL), **options)


def test_a_scheduler_that_does_not_answer_is_told(tmp_path, distributed, monkeypatch):
    monkeypatch.setattr(series, "_SECONDS_TO_CONNECT", 1)
    with pytest.raises(InputError, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        simulate(tmp_path, 1, CaseRequest(0, **SMALL), scheduler="tcp://127.0.0.1:9")


@pytest.mark.parametrize("address", ["nowhere", "foo://127.0.0.1:8786", "tcp://head:x", "tcp://head:99999"])
def test_what_is_no_address_is_told_at_once(address, tmp_path, distributed, monkeypatch):
    """Without a client, which would leave a traceback when it is collected."""
    monkeypatch.setattr(distributed, "Client", lambda *given, **named: pytest.fail("a client was made"))
    with pytest.raises(InputError, match=f"No Dask scheduler answers at {address}"):
        simulate(tmp_path, 1, CaseRequest(0, **SMALL), scheduler=address)
