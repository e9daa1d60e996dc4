"""DropJobs: what is done to all micrographs that are open, in the worker process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ...errors import CrystalSegError
from ..parts.job_bar import JobBar
from ..tasks.drops import export_reviews
from ..tasks.exported import Exported
from .drop_entry import DropEntry
from .drop_list import found_without_review
from .network_choice import NetworkChoice
from .review.drop_reviewer import DropReviewer


class DropJobs:
    """Asks networks of all micrographs, and exports them, one job at a time, with what is said of it.

    Parameters
    ----------
    bar : JobBar
        Runs the jobs, and shows how far they are.
    counted : callable
        Called when more is known of a micrograph.
    """

    def __init__(self, bar: JobBar, counted: Callable[[], None]) -> None:
        self._bar = bar
        self._counted = counted

    def ask(
        self,
        title: str,
        task: Callable[..., Any],
        entries: Sequence[DropEntry],
        network: NetworkChoice,
        came: Callable[[Any], None],
    ) -> None:
        """Ask a network of micrographs; what is done stays when the job is cancelled.

        Parameters
        ----------
        title : str
            What is done.
        task : callable
            Does so in the worker, handing over each as it comes.
        entries : sequence of DropEntry
            The micrographs.
        network : NetworkChoice
            Which network; what came of one that is no longer chosen is left out.
        came : callable
            Called with each answer.
        """
        total, asked = len(entries), network.path
        done = [0]

        def one_came(one: Any) -> None:
            done[0] += 1
            if network.path != asked:
                return  # another network was chosen meanwhile
            came(one)
            self._counted()

        def abandoned() -> str:
            return f"{done[0]} of {total} are done, and stay."

        def finished(count: int) -> None:
            if network.path != asked:
                self._bar.say(f"{title}: what was found is left out, as another network was chosen meanwhile.")
                return
            broken = sum(bool(one.problem) for one in entries)
            self._bar.say(f"{title}: {count - broken} done" + (f", {broken} cannot be read." if broken else "."))

        weights = None if network.path is None else str(network.path)
        paths = [str(one.path) for one in entries]
        try:
            self._bar.start(title, task, paths, weights, done=finished, abandoned=abandoned, came=one_came)
        except CrystalSegError as error:
            self._bar.warn(str(error))

    def export(
        self,
        entries: Sequence[DropEntry],
        reviewer: DropReviewer,
        folder: Path,
        forms: Sequence[str],
        only_accepted: bool,
    ) -> None:
        """Write files of what is accepted, or of all, and say what a person must know of them.

        Parameters
        ----------
        entries : sequence of DropEntry
            The micrographs.
        reviewer : DropReviewer
            Knows where reviews are kept, the lowest score and the size of a pixel; what was begun is kept first.
        folder : Path
            Where to.
        forms : sequence of str
            Of :data:`~napari_crystalseg.workflows.drops.export_drops.FORMS`.
        only_accepted : bool
            Leave out those that are not accepted.
        """
        reviewer.keep_begun()
        found = found_without_review(entries, reviewer.box.lowest_score, reviewer.given_pixel_um)
        paths = [str(entry.path) for entry in entries]

        def done(answer: Exported) -> None:
            wrote = f"Wrote {len(answer.written)} files to {folder}."
            self._bar.say(wrote)
            if warnings := answer.warnings:
                self._bar.warn(" ".join([wrote, *warnings]))

        try:
            self._bar.start(
                "Exporting", export_reviews, paths, found, reviewer.reviews, reviewer.given_pixel_um, only_accepted,
                str(folder), list(forms), done=done,
            )  # fmt: skip
        except CrystalSegError as error:
            self._bar.warn(str(error))
