"""Jobs run beside the window, one at a time, and end in one sentence."""

from __future__ import annotations

import subprocess
import sys

import pytest
from qtpy.QtCore import QTimer

from helpers import dock_worker_tasks as work
from napari_crystalseg.errors import CrystalSegError
from napari_crystalseg.widgets.parts.job_bar import JobBar, remaining_text
from napari_crystalseg.widgets.session.session import Session

LONG_MS = 20000


@pytest.fixture
def bar(qtbot, shared_worker):
    bar = JobBar(Session())
    bar.holder._worker = shared_worker
    qtbot.addWidget(bar)
    yield bar
    bar.cancel()


@pytest.fixture
def warnings(monkeypatch):
    import napari.utils.notifications

    shown = []
    monkeypatch.setattr(napari.utils.notifications, "show_warning", shown.append)
    return shown


def test_result_comes_back_and_the_session_was_busy(bar, qtbot):
    results, busy = [], []
    bar._session.events.busy.connect(busy.append)
    bar.start("Add", work.add, 2, 3, done=results.append)
    assert not bar.progress.isHidden() and not bar.cancel_button.isHidden()
    qtbot.waitUntil(lambda: results == [5], timeout=LONG_MS)
    assert busy == [True, False]
    assert bar.progress.isHidden() and bar.cancel_button.isHidden()


def test_the_window_stays_alive_while_it_works_and_cancel_ends_it(bar, qtbot):
    beats = []
    timer = QTimer(bar)
    timer.timeout.connect(lambda: beats.append(1))
    timer.start(10)
    bar.start("Segment", work.segment_forever, None, done=lambda value: pytest.fail("it never ends"))
    qtbot.waitUntil(lambda: bar.progress.value() > 0, timeout=LONG_MS)
    seen = len(beats)
    qtbot.wait(300)
    assert len(beats) - seen > 15
    with pytest.raises(CrystalSegError, match="still running"):
        bar.start("Add", work.add, 1, 1, done=print)
    worker = bar.holder.worker()
    bar.cancel_button.click()
    qtbot.waitUntil(lambda: not bar._session.busy, timeout=LONG_MS)
    assert bar.message.text() == "Segment: cancelled."
    assert worker.pid is None
    results = []
    bar.start("Add", work.add, 1, 1, done=results.append)
    qtbot.waitUntil(lambda: results == [2], timeout=LONG_MS)


def test_a_mistake_of_the_user_is_one_sentence(bar, qtbot, warnings, caplog):
    bar.start("Turn", work.refuse, done=print)
    qtbot.waitUntil(lambda: bool(warnings), timeout=LONG_MS)
    assert warnings == ["The sample is upside down; turn it round."]
    assert bar.message.text() == f"⚠ {warnings[0]}"
    assert not caplog.records


def test_a_mistake_of_ours_is_one_sentence_and_a_log(bar, qtbot, warnings, caplog):
    bar.start("Turn", work.stumble, done=print)
    qtbot.waitUntil(lambda: bool(warnings), timeout=LONG_MS)
    assert warnings[0].startswith("Turn failed: KeyError")
    assert "Traceback" not in warnings[0]
    assert "Traceback" in caplog.text


def test_what_the_machine_lacks_is_one_sentence(bar, qtbot, warnings):
    bar.start("Turn", work.lack, "torch", done=print)
    qtbot.waitUntil(lambda: bool(warnings), timeout=LONG_MS)
    assert warnings == ["A library that this needs cannot be loaded (torch); install napari-crystalseg again."]


def test_estimates_in_words():
    assert remaining_text(None) == ""
    assert remaining_text(0.3) == ""
    assert remaining_text(12.4) == ", about 12 s left"
    assert remaining_text(300) == ", about 5 min left"


def test_after_cancelling_the_worker_is_warmed_again(bar, qtbot):
    bar.warm("colorsys")
    bar.start("Segment", work.segment_forever, None, done=print)
    qtbot.waitUntil(lambda: bar.progress.value() > 0, timeout=LONG_MS)
    first = bar.holder.worker().pid
    bar.cancel_button.click()
    qtbot.waitUntil(lambda: not bar._session.busy, timeout=LONG_MS)
    assert bar.holder.worker().pid not in (None, first)


def test_results_wait_for_what_is_being_prepared_and_the_window_does_not(qtbot, shared_worker):
    preparing, results = [True], []
    bar = JobBar(Session(), not_yet=lambda: bool(preparing))
    bar.holder._worker = shared_worker
    qtbot.addWidget(bar)
    bar.start("Add", work.add, 2, 3, done=results.append)
    qtbot.waitUntil(lambda: bool(bar._come), timeout=LONG_MS)
    qtbot.wait(150)
    assert results == [] and bar._session.busy
    preparing.clear()
    qtbot.waitUntil(lambda: results == [5], timeout=LONG_MS)
    assert not bar._session.busy


def test_what_the_first_labels_need_is_made_once_in_a_thread(monkeypatch):
    import threading

    from napari_crystalseg.widgets.class_labels import first_use
    from napari_crystalseg.widgets.layers import label_layer

    made = []
    monkeypatch.setattr(first_use, "_units_are_read", lambda: False)
    monkeypatch.setattr(first_use, "_started", threading.Event())
    monkeypatch.setattr(first_use, "_reading", threading.Event())
    monkeypatch.setattr(first_use, "_read_units", lambda: None)
    first_use.prepare_first_labels()  # pint's units, read in two threads at once, are not there in one of them
    assert not first_use._started.is_set()
    monkeypatch.setattr(first_use, "_units_are_read", lambda: True)
    monkeypatch.setattr(label_layer, "labels_layer", lambda labels: made.append(threading.current_thread().name))
    monkeypatch.setattr(first_use, "_started", threading.Event())
    may_end = threading.Event()
    monkeypatch.setattr(first_use, "prepare_edits", may_end.wait)
    for _ in range(2):
        first_use.prepare_first_labels()
    assert first_use.first_labels_are_prepared()
    may_end.set()
    for thread in [one for one in threading.enumerate() if one.name == "first-labels"]:
        thread.join(10)
    assert made == ["first-labels"] and not first_use.first_labels_are_prepared()


def test_units_are_read_beside_the_window_and_put_into_place_once():
    work = """
import threading, time, pint
from qtpy.QtCore import QCoreApplication
from napari_crystalseg.widgets.class_labels import first_use
app = QCoreApplication([])
first_use._make = lambda: None
assert not first_use._units_are_read()
first_use.prepare_first_labels()
while not first_use._started.is_set():
    app.processEvents()
    time.sleep(0.01)
registry = pint.get_application_registry()
assert registry.get() is first_use._units[0]
assert pint.Unit("um") == registry.um and (1 * registry.mm).to("um").magnitude == 1000
first_use._take_units(pint.UnitRegistry())  # a layer may have units by now
assert pint.get_application_registry().get() is first_use._units[0]
"""
    subprocess.run([sys.executable, "-c", work], check=True, timeout=120)
