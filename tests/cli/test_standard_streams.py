"""No result is lost by what is said on the way."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from napari_crystalseg.io import open_labels, save_labels
from napari_crystalseg.labels import Labels

pytestmark = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a full device of Linux")


@pytest.mark.parametrize(
    ("streams", "code"),
    [("2>&-", 0), ("2>/dev/full", 0), (">&-", 0), ("<&- >&- 2>&-", 0), (">/dev/full", 2)],
)
def test_a_stream_that_is_closed_or_full(tmp_path, streams, code):
    save_labels(Labels(np.full((4, 4, 4), 3, np.uint8), 1.0), tmp_path / "labels.tif")
    program = f"{sys.executable} -c 'import sys; from napari_crystalseg.cli import main; sys.exit(main())'"
    line = f"{program} export labels.tif out --to masks {streams}"
    done = subprocess.run(line, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    assert (open_labels(tmp_path / "out" / "labels.tif").data == 3).all()
    assert "Traceback" not in done.stderr and "unexpected" not in done.stderr
    if code:
        assert "What is printed cannot be written (No space left on device)" in done.stderr
