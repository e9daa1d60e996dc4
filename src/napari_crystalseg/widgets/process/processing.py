"""Runs *Process* on one sample in the worker, and shows its results as they come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QObject

from ...labels import Labels
from ...volume import Volume
from ..class_labels.segmented_layers import SegmentedLayers
from ..layers.check_sum import fingerprint_with_voxel_size
from ..layers.label_layer import image_layer
from ..layers.layer_place import spatial_of
from ..layers.layer_record import PATH, PROCESSED, RECORD
from ..tasks import process
from ..views.hidden_layers import fit_view

if TYPE_CHECKING:
    from napari.layers import Image
    from napari.layers import Labels as LabelsLayer
    from numpy.typing import NDArray

    from ...errors import CrystalSegError
    from ...factors import Factors
    from ...scan import Scan
    from ...segmentation.grids.class_probabilities import ClassProbabilities
    from ..parts.stage import Desk
    from ..tasks.process import Arrival, ProcessedSample, ProcessRequest


class Processing(QObject):
    """Starts the job, adds volume, labels and uncertainty as they come, and ends with factors and settings.

    Parameters
    ----------
    desk : Desk
        Viewer, session and job bar.
    settle : callable
        ``settle(sample, check_sum)``: takes over coefficients, experiment and factors, where the stages keep them.
        The check sum is that of the labels as they came; None where there are none.
    """

    def __init__(
        self, desk: Desk, settle: Callable[[ProcessedSample, int | None], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._settle = settle
        self._layers = SegmentedLayers(desk, self)

    def start(
        self,
        request: ProcessRequest,
        name: str,
        shown: Volume | Scan | None = None,
        onto: Image | None = None,
        done: Callable[[ProcessedSample], None] | None = None,
        refused: Callable[[CrystalSegError], None] | None = None,
    ) -> None:
        """Process a sample; what an earlier run has done in its folder is only shown.

        Parameters
        ----------
        request : ProcessRequest
            What is to be done.
        name : str
            What the sample is called.
        shown : Volume or Scan, optional
            A volume or scan to write to the path of the request first.
        onto : napari.layers.Image, optional
            Layer of the volume, where it is shown already.
        done, refused : callable, optional
            Called with what came of it, after all of it is shown; and with the error where it was refused.

        Raises
        ------
        CrystalSegError
            Another job still runs.
        """
        run = _Run(self._desk, self._layers, self._settle, request, name, onto)
        self._desk.bar.start(
            "Process",
            process.process_sample,
            request,
            shown,
            came=run.came,
            done=partial(self._done, run, done),
            refused=refused,
        )

    def finish(self, name: str, sample: ProcessedSample, check_sum: int | None) -> None:
        """Take over what came of a sample whose layers are shown, and announce it."""
        self._settle(sample, check_sum)
        self._announce(name, sample)

    def _announce(self, name: str, sample: ProcessedSample) -> None:
        self._desk.session.processed = sample
        self._desk.bar.say(outcome_text(name, sample))

    def _done(self, run: _Run, done: Callable[[ProcessedSample], None] | None, sample: ProcessedSample) -> None:
        if run.settled:
            # What the user has chosen since the factors came stays.
            self._announce(run.name, sample)
        else:
            self.finish(run.name, sample, run.check_sum)
        if done is not None:
            done(sample)


class _Run:
    """One run: what has come of it so far."""

    def __init__(
        self,
        desk: Desk,
        layers: SegmentedLayers,
        settle: Callable[[ProcessedSample, int | None], None],
        request: ProcessRequest,
        name: str,
        onto: Image | None,
    ) -> None:
        self._desk, self._layers, self._settle, self._request = desk, layers, settle, request
        self.name = name
        self._image = onto
        self._uncertainty: NDArray[np.uint8] | None = None
        self._probabilities: ClassProbabilities | None = None
        self.labels: LabelsLayer | None = None
        self.check_sum: int | None = None
        self.settled = False

    def came(self, arrival: Arrival | ProcessedSample) -> None:
        """Show a result; factors come before export and report are done."""
        if isinstance(arrival, process.ProcessedSample):
            self.settled = True
            self._settle(arrival, self.check_sum)
            return
        noun = arrival.noun
        if isinstance(noun, Labels):
            self._show_labels(noun)
        elif isinstance(noun, np.ndarray):
            self._uncertainty = noun
        elif not isinstance(noun, Volume):
            self._probabilities = noun
        elif self._image is None or self._image not in self._desk.viewer.layers:
            self._show_volume(noun)

    def _show_volume(self, volume: Volume) -> None:
        viewer = self._desk.viewer
        record = {PATH: self._request.path, PROCESSED: True}
        if (known := self._shown_before(volume)) is not None:
            known.visible = True
            self._desk.session.image = self._image = known
            return
        layer = image_layer(volume, self.name, self.name)
        layer.metadata = {**layer.metadata, RECORD: {**layer.metadata[RECORD], **record}}
        viewer.add_layer(layer)
        fit_view(viewer, [layer])
        viewer.dims.set_current_step(0, layer.data.shape[0] // 2)
        self._desk.session.image = self._image = layer

    def _shown_before(self, volume: Volume) -> Image | None:
        """Layer of the same volume, of an earlier run."""
        made = volume.provenance.to_dict()
        for layer in self._desk.viewer.layers:
            record = layer.metadata.get(RECORD, {})
            if record.get(PROCESSED) and record.get(PATH) == self._request.path:
                if layer.data.shape == volume.shape and record["provenance"].to_dict() == made:
                    return layer
        return None

    def _show_labels(self, labels: Labels) -> None:
        image = self._image
        assert image is not None  # the volume came before
        if image not in self._desk.viewer.layers:
            return  # the user does not want to see it
        spatial = spatial_of(image)
        self.labels = self._layers.add_labels(labels, image, spatial, self.name, self.name)
        self.check_sum = fingerprint_with_voxel_size(self.labels)
        if self._probabilities is not None:
            self._desk.session.probabilities[image] = self._probabilities
        if self._uncertainty is not None:
            self._layers.add_uncertainty(self._uncertainty, self.labels, spatial)


def outcome_text(name: str, sample: ProcessedSample) -> str:
    """What came of a sample, in a sentence for the foot."""
    if not sample.crystal_found:
        return f"Processed '{name}': no crystal was found. Look at the labels."
    if sample.mean_factor is None:
        return f"Processed '{name}': labels, and no absorption factors. Next: Review."
    return f"Processed '{name}': mean A {sample.mean_factor:.3f}. Next: Review."


def labels_sample(request: ProcessRequest, used: Any, explanation: str, factors: Factors) -> ProcessedSample:
    """Put the factors of labels alone as a processed sample."""
    import numpy as np

    return process.ProcessedSample(
        request=replace(request, coefficients=None),
        crystal_found=True,
        coefficients=used,
        coefficients_explanation=explanation,
        statements=(explanation,),
        doubts=(),
        mean_factor=float(np.nanmean(factors.absorption)),
        factors=factors,
    )
