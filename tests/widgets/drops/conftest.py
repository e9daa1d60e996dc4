"""The widget Drops on a viewer without a window, with functions of the tests in place of the networks."""

from __future__ import annotations

import pytest

from helpers import drawn_drops
from helpers.shared_holder import SharedHolder
from napari_crystalseg.jobs import Worker

WELLS = ("A01a", "A01b", "A02a", "B01a", "B01b", "H12a")


@pytest.fixture(scope="module")
def second_worker():
    with Worker() as worker:
        yield worker


@pytest.fixture
def widget(qtbot, viewer, shared_worker, second_worker, monkeypatch):
    from napari_crystalseg.widgets import DropsWidget
    from napari_crystalseg.widgets.drops import drops_widget

    monkeypatch.setattr(drops_widget, "classify_images", drawn_drops.classify_by_grey)
    monkeypatch.setattr(drops_widget, "detect_in_images", drawn_drops.detect_by_grey)
    made = DropsWidget(viewer)
    qtbot.addWidget(made)
    made.job_bar.holder = SharedHolder(shared_worker)
    made.follower.holder = SharedHolder(second_worker)
    made.follower.task = drawn_drops.detect_by_grey
    made.resize(420, 760)
    made.show()
    yield made
    made.close_down()
    for worker in (shared_worker, second_worker):
        qtbot.waitUntil(lambda worker=worker: not worker.busy, timeout=30000)


@pytest.fixture
def folder(tmp_path):
    drawn_drops.write_plate(tmp_path / "plate", WELLS)
    return tmp_path / "plate"


@pytest.fixture
def opened(widget, folder, qtbot):
    """The widget with the plate, its first drop shown and looked at."""
    widget.open_paths([folder])
    qtbot.waitUntil(
        lambda: widget.reviewer.followed is not None and widget.reviewer.opened.found is not None, timeout=30000
    )
    return widget


@pytest.fixture
def second(opened, qtbot):
    """The second drop, which has a crystal."""
    opened.open_drop(1)
    qtbot.waitUntil(lambda: has_found(opened, 1), timeout=30000)
    return opened


def has_found(widget, number):
    reviewer = widget.reviewer
    return (
        reviewer.opened is not None
        and reviewer.opened.number == number
        and reviewer.opened.found is not None
        and reviewer.followed is not None
        and len(reviewer.followed.objects.objects) > 0
    )
