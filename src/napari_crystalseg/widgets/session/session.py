"""What the dock works on in one viewer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from psygnal import SignalGroupDescriptor

from .chosen_coefficients import SessionCoefficients
from .experiment import ExperimentFiles
from .leaving import Leaving
from .measured_edits import MeasuredEdits
from .sample_ties import SampleTies
from .taken_scan import TakenScan

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Image
    from napari.layers import Labels as LabelsLayer

    from ...factors import Factors
    from ...judgement.finding import Finding
    from ...judgement.lamp import Lamp
    from ...judgement.mean_uncertainty import MeanUncertainty
    from ...labels import Material
    from ...review.session.review_state import Tick
    from ...review.teaching.strokes import Strokes
    from ...scan import Scan
    from ...segmentation.grids.class_probabilities import ClassProbabilities
    from ..tasks.process import ProcessedSample
    from .checked_geometry import CheckedGeometry
    from .computed_factors import ComputedFactors
    from .place_review import PlaceReview


@dataclass(eq=False)
class Session:
    """Scan, layers and factors that the stages share; every field announces its changes on ``events``.

    Parameters
    ----------
    scan : Scan or None
        Raw scan that was opened.
    taken : TakenScan
        How the raw scan is called and taken.
    image : napari.layers.Image or None
        Volume to segment.
    labels : napari.layers.Labels or None
        Labels to check and export.
    strokes : napari.layers.Labels or None
        Layer of strokes that the brush is at work in; None while strokes are put away.
    volumes_um3 : dict of Material to float, or None
        Volume of each class of ``labels``, µm³; None while it is unknown.
    other_codes : dict of int or None to int, or None
        Voxels of ``labels`` with codes that are no class, as :func:`.label_counts.other_codes` has them; None while
        they are unknown.
    ties : SampleTies
        Which labels belong to which volume.
    fingerprint : int or None
        Check sum of ``labels`` and their voxel size when they were last counted; None while it is unknown.
    coefficients : ChosenCoefficients
        Linear attenuation coefficients as chosen in the stage Check.
    experiment : Experiment
        Diffraction experiment as chosen in the stage Check.
    geometry : CheckedGeometry or None
        How well ``labels`` and the projections of ``scan`` agree; None while it is unknown.
    result : ComputedFactors or None
        Absorption factors last computed, with what they were computed from.
    busy : bool
        A job runs.
    automatic : mapping of napari.layers.Labels to ndarray of uint8
        Labels of each layer as they were when it was first worked on, to hold its edits against.
    review : PlaceReview or None
        Places of ``labels`` to look at; None while nobody has looked for them.
    edits : MeasuredEdits
        What the edits of ``labels`` did to the absorption factors, or why it is not known.
    findings : tuple of Finding, or None
        What a physicist would doubt of ``labels``; None while nobody has looked.
    lamps : tuple of Lamp, or None
        Eight things that were looked at in ``labels``; None while nobody has looked.
    probabilities : mapping of napari.layers.Image to ClassProbabilities
        What the network gave each class in each volume that it saw.
    uncertainty : mapping of napari.layers.Labels to ndarray of uint8 or MeanUncertainty
        How unsure the network was of each layer of labels: all of it until its means are taken.
    processed : ProcessedSample or None
        What *Process* made last. It is set when all of it is on the layers and in the other fields: whoever shows what
        is to be done next listens to its event.
    leaving : Leaving
        Whoever must be asked before another sample takes the place of this one.
    earlier_ticks : mapping of napari.layers.Labels to tuple of Tick
        Places that were looked at before the list of places was made, as a review that is gone on with has them.
    earlier_strokes : mapping of napari.layers.Image to Strokes
        Strokes that were drawn to teach before, as a review that is gone on with has them, until they are taken up.
    """

    scan: Scan | None = None
    taken: TakenScan = field(default_factory=TakenScan)
    image: Image | None = None
    labels: LabelsLayer | None = None
    strokes: LabelsLayer | None = None
    volumes_um3: dict[Material, float] | None = None
    other_codes: dict[int | None, int] | None = None
    ties: SampleTies = field(default_factory=SampleTies)
    fingerprint: int | None = None
    coefficients: SessionCoefficients = field(default_factory=SessionCoefficients)
    experiment: ExperimentFiles = field(default_factory=ExperimentFiles)
    geometry: CheckedGeometry | None = None
    result: ComputedFactors | None = None
    busy: bool = False
    automatic: WeakKeyDictionary[Any, NDArray[np.uint8]] = field(default_factory=WeakKeyDictionary)
    review: PlaceReview | None = None
    edits: MeasuredEdits = field(default_factory=MeasuredEdits)
    findings: tuple[Finding, ...] | None = None
    lamps: tuple[Lamp, ...] | None = None
    probabilities: WeakKeyDictionary[Any, ClassProbabilities] = field(default_factory=WeakKeyDictionary)
    uncertainty: WeakKeyDictionary[Any, NDArray[np.uint8] | MeanUncertainty] = field(default_factory=WeakKeyDictionary)
    processed: ProcessedSample | None = None
    leaving: Leaving = field(default_factory=Leaving)
    earlier_ticks: WeakKeyDictionary[Any, tuple[Tick, ...]] = field(default_factory=WeakKeyDictionary)
    earlier_strokes: WeakKeyDictionary[Any, Strokes] = field(default_factory=WeakKeyDictionary)

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()

    # What follows from the fields is not stored; RESULT_FIELDS and GEOMETRY_FIELDS say whose changes to listen to.

    def take_scan(self, scan: Scan, name: str) -> None:
        """Take a raw scan under a name, which is known by the time that the scan is announced."""
        self.taken = replace(self.taken, name=name)
        self.scan = scan

    @property
    def factors(self) -> Factors | None:
        """Absorption factors last computed."""
        return None if self.result is None else self.result.factors

    @property
    def stale(self) -> bool:
        """Whether the factors are of other labels than ``labels`` as they are, or that is not known yet."""
        return self.result is not None and (self.labels is None or self.result.fingerprint != self.fingerprint)

    @property
    def settings_changed(self) -> bool:
        """Whether coefficients, reflections or offset changed after the factors were computed."""
        if self.result is None:
            return False
        now = self.coefficients.values, self.experiment.directions
        return (self.result.coefficients, self.result.directions) != now

    @property
    def geometry_edited(self) -> bool:
        """Whether the labels are known to be others than those whose geometry was checked."""
        return self.geometry is not None and self.geometry.edited(self.fingerprint)


RESULT_FIELDS = ("result", "labels", "fingerprint", "coefficients", "experiment")
"""Fields that ``factors``, ``stale`` and ``settings_changed`` follow from."""

GEOMETRY_FIELDS = ("geometry", "fingerprint")
"""Fields that ``geometry_edited`` follows from."""


# Weak keys: a session goes with its viewer. A session must therefore never hold the viewer itself.
_sessions: WeakKeyDictionary[Any, Session] = WeakKeyDictionary()


def session_of(viewer: ViewerModel) -> Session:
    """Return the session of a viewer, which outlives the dock that shows it."""
    return _sessions.setdefault(viewer, Session())
