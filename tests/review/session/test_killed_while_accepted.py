"""A process may die in the middle of *Accept*: the review goes on, and what says that it is accepted is true."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from napari_crystalseg.io import open_labels
from napari_crystalseg.labels import Labels
from napari_crystalseg.provenance import hash_array
from napari_crystalseg.review.session.acceptance import LABELS, STAMP, accept, corrected_from
from napari_crystalseg.review.session.review_state import ReviewState
from napari_crystalseg.review.session.session_folder import SessionFolder

KILLED = 20


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_in_the_middle_of_accept_the_folder_opens_whole(tmp_path):
    script = Path(__file__).with_name("scripted_acceptance.py")
    subprocess.run([sys.executable, str(script), str(tmp_path), str(KILLED)], check=True, timeout=300)
    stamped = 0
    for number in range(KILLED):
        lines = [line.split() for line in (tmp_path / f"{number}.log").read_text().splitlines()]
        sums = [line for line in lines if len(line) == 2 and len(line[1]) == 64]
        last = max(place for place, (word, _) in enumerate(sums) if word == "saved")
        path = tmp_path / f"{number}.review"
        folder = SessionFolder.open(path)
        resumed = folder.resume()
        assert hash_array(resumed.labels) in {digest for _, digest in sums[last:]}
        first = np.zeros_like(resumed.labels)
        if sums[-1][0] == "accepted" and number % 4 == 3:
            assert (path / STAMP).is_file()
        if (path / STAMP).is_file():
            stamped += 1
            stamp = json.loads((path / STAMP).read_text())
            assert hash_array(corrected_from(path, first)) == stamp["corrected_sha256"]
            assert hash_array(open_labels(path / LABELS).data) == stamp["corrected_sha256"]
        # Accepted again, nothing that was left is in the way.
        accept(path, first, Labels(resumed.labels, 0.5), resumed.timeline, ReviewState(), {})
        np.testing.assert_array_equal(corrected_from(path, first), resumed.labels)
        np.testing.assert_array_equal(open_labels(path / LABELS).data, resumed.labels)
        folder.close()
        left = [one.name for one in path.iterdir() if ".part" in one.name]
        assert not left
    assert stamped >= KILLED // 4
