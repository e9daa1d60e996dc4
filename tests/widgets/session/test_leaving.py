from __future__ import annotations

import pytest

from napari_crystalseg.widgets.session.leaving import Leaving


def test_all_are_asked_in_turn_and_one_may_wait():
    leaving, said, later = Leaving(), [], []
    leaving.ask_first(lambda leave, stay: leave())
    leaving.ask_first(lambda leave, stay: later.append(leave))
    leaving.then(lambda: said.append("gone"), said.append)
    assert said == []
    leaving.then(lambda: said.append("gone twice"), said.append)
    assert said == ["The sample at hand is still being saved: wait a moment."]
    later[0]()
    later[0]()
    assert said[1:] == ["gone"]


def test_a_hook_that_fails_leaves_others_able_to_ask():
    leaving, said = Leaving(), []

    def broken(leave, stay):
        raise RuntimeError("oops")

    forget = leaving.ask_first(broken)
    with pytest.raises(RuntimeError):
        leaving.then(lambda: said.append("gone"), said.append)
    forget()
    leaving.then(lambda: said.append("gone"), said.append)
    assert said == ["gone"]


def test_whoever_is_no_longer_there_holds_nobody_up():
    leaving, said, later = Leaving(), [], []
    forget = leaving.ask_first(lambda leave, stay: later.append((leave, stay)))
    leaving.then(lambda: said.append("gone"), said.append)
    forget()  # such as a dock that is closed while it saves
    assert not leaving.asking
    later[0][0]()
    assert said == []
    leaving.then(lambda: said.append("another dock's"), said.append)
    assert said == ["another dock's"]
