"""What the widget *Hit finding* asks of the worker process: a plain function, without Qt."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...progress import Progress, silent

if TYPE_CHECKING:
    from ...workflows.hits.find_hits import HitSearch
    from ...workflows.hits.judged_image import JudgedImage


def judge_images(paths: Sequence[str], search: HitSearch, progress: Progress = silent) -> list[JudgedImage]:
    """Judge the images of files, handing over each as it comes.

    Parameters
    ----------
    paths : sequence of str
        Image files, stacks and lists.
    search : HitSearch
        How.
    progress : Progress
        Told how far it is.
    """
    from ...jobs import hand_over
    from ...workflows.hits.find_hits import find_hits, listed_images

    progress(0.0, "Counting the images")
    judged = []
    for one in find_hits(listed_images([Path(path) for path in paths]), search, progress):
        judged.append(one)
        hand_over(one)
    return judged
