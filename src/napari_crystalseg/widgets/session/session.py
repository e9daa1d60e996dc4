"""What the dock works on in one viewer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from psygnal import SignalGroupDescriptor

from ..layers.layer_record import LIVE, OVERLAY, PREVIEW, RECORD
from .sample_ties import SampleTies

if TYPE_CHECKING:
    from napari.components import ViewerModel
    from napari.layers import Image, Layer
    from napari.layers import Labels as LabelsLayer

    from ...absorption.coefficients import Coefficients
    from ...absorption.edits.edit_effect import EditEffect
    from ...calibration.geometry_score import GeometryScore
    from ...factors import Factors
    from ...judgement.finding import Finding
    from ...judgement.mean_uncertainty import MeanUncertainty
    from ...labels import Material
    from ...scan import Scan
    from ..tasks.reflection_files import ReflectionFiles
    from .measured_in import MeasuredIn

_PAINTING = ("paint", "fill", "erase", "polygon")


@dataclass(eq=False)
class Session:
    """Scan, layers and factors that the stages share; every field announces its changes on ``events``.

    Parameters
    ----------
    scan : Scan or None
        Raw scan that was opened.
    scan_name : str
        Name of the file or sample of the raw scan.
    scan_axis : {"columns", "rows"}
        What its rotation axis lies along, as chosen in the stage Open.
    scan_force : bool
        Whether to go on in spite of what is found in it, as chosen there.
    image : napari.layers.Image or None
        Volume to segment.
    labels : napari.layers.Labels or None
        Labels to check and export.
    volumes_um3 : dict of Material to float, or None
        Volume of each class of ``labels``, µm³; None while it is unknown.
    other_codes : dict of int or None to int, or None
        Voxels of ``labels`` with codes that are no class, as :func:`.label_counts.other_codes` has them; None while
        they are unknown.
    ties : SampleTies
        Which labels belong to which volume.
    fingerprint : int or None
        Check sum of ``labels`` and their voxel size when they were last counted.
    coefficients : Coefficients or None
        Linear attenuation coefficients as set in the stage Check, with their energy and origin; None before.
    coefficients_remark : str
        What was done to them, such as a conversion to another energy with its error; empty where nothing was.
    measured_in : MeasuredIn or None
        Sample that they were measured in; None where they were not measured.
    experiment_energies_kev : tuple of float
        Photon energies of the diffraction experiment chosen in the stage Check, keV.
    reflection_files : ReflectionFiles or None
        DIALS ``.expt`` and ``.refl`` as chosen in the stage Check; None for directions over a sphere.
    offset_deg : float
        Degrees added to the scan angles of the diffraction experiment to make them those of the tomogram.
    geometry : GeometryScore or None
        How well ``labels`` and the projections of ``scan`` agree; None while it is unknown.
    geometry_fingerprint : int or None
        Check sum of the labels that ``geometry`` is of.
    factors : Factors or None
        Absorption factors last computed.
    factors_fingerprint : int or None
        Check sum of the labels that ``factors`` were computed from.
    factors_settings : tuple or None
        Coefficients, reflections and offset that ``factors`` were computed with.
    stale : bool
        The labels changed after ``factors`` were computed.
    settings_changed : bool
        The coefficients, reflections or offset changed after ``factors`` were computed.
    busy : bool
        A job runs.
    automatic : mapping of napari.layers.Labels to ndarray of uint8
        Labels of each layer as they were when it was first worked on, to hold its edits against.
    edit_effect : EditEffect or None
        What the edits of ``labels`` did to the absorption factors; None while it is unknown.
    edit_note : str
        Why it cannot be known; empty otherwise.
    findings : tuple of Finding, or None
        What a physicist would doubt of ``labels``; None while nobody has looked.
    uncertainty : mapping of napari.layers.Labels to ndarray of float32 or MeanUncertainty
        How unsure the network was of each layer of labels: all of it until its means are taken.
    """

    scan: Scan | None = None
    scan_name: str = ""
    scan_axis: str = "columns"
    scan_force: bool = False
    image: Image | None = None
    labels: LabelsLayer | None = None
    volumes_um3: dict[Material, float] | None = None
    other_codes: dict[int | None, int] | None = None
    ties: SampleTies = field(default_factory=SampleTies)
    fingerprint: int | None = None
    coefficients: Coefficients | None = None
    coefficients_remark: str = ""
    measured_in: MeasuredIn | None = None
    experiment_energies_kev: tuple[float, ...] = ()
    reflection_files: ReflectionFiles | None = None
    offset_deg: float = 0.0
    geometry: GeometryScore | None = None
    geometry_fingerprint: int | None = None
    factors: Factors | None = None
    factors_fingerprint: int | None = None
    factors_settings: tuple[Any, ...] | None = None
    stale: bool = False
    settings_changed: bool = False
    busy: bool = False
    automatic: WeakKeyDictionary[Any, NDArray[np.uint8]] = field(default_factory=WeakKeyDictionary)
    edit_effect: EditEffect | None = None
    edit_note: str = ""
    findings: tuple[Finding, ...] | None = None
    uncertainty: WeakKeyDictionary[Any, NDArray[np.float32] | MeanUncertainty] = field(
        default_factory=WeakKeyDictionary
    )

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()


# Weak keys: a session goes with its viewer. A session must therefore never hold the viewer itself.
_sessions: WeakKeyDictionary[Any, Session] = WeakKeyDictionary()


def session_of(viewer: ViewerModel) -> Session:
    """Return the session of a viewer, which outlives the dock that shows it."""
    return _sessions.setdefault(viewer, Session())


def follow(session: Session, viewer: ViewerModel) -> Callable[[], None]:
    """Take up layers as they come, and let go of those that the user deletes.

    Taken up is what says itself what it is: the layers of this plugin's reader and samples, and its own; what came last
    is what is worked on. A new volume lets go of labels that belong to another. Labels that the brush is taken to are
    chosen too, so that what is painted is what is counted and exported.

    Returns
    -------
    callable
        Call it to stop following.
    """
    from napari.layers import Labels as LabelsLayer

    def take_scan(layer: Layer) -> None:
        session.scan_name = layer.name.removesuffix(" projections")
        session.scan = layer.metadata[RECORD]["scan"]

    def all_labels() -> list[LabelsLayer]:
        return [layer for layer in viewer.layers if _is_labels(layer)]

    def take_labels(layer: LabelsLayer) -> None:
        session.ties.labels_came(layer, session.image)
        session.labels = layer

    def take_volume(layer: Image) -> None:
        labels = session.ties.volume_came(layer, all_labels(), session.labels)
        session.image = layer
        session.labels = labels

    def adopt(layer: Layer) -> None:
        record = layer.metadata.get(RECORD, {})
        if "scan" in record:
            take_scan(layer)
        elif "fingerprint" in record and _is_labels(layer):
            take_labels(layer)
        elif "quantity" in record:
            take_volume(layer)

    def came(event: Any) -> None:
        watch(event.value)
        adopt(event.value)

    def forget(event: Any) -> None:
        unwatch(event.value)
        if event.value is session.image:
            session.image = None
        if event.value is session.labels:
            session.labels = None
        if event.value.metadata.get(RECORD, {}).get("scan") is session.scan:
            session.scan = None

    def brush_taken(event: Any = None) -> None:
        layer = viewer.layers.selection.active
        if layer is not session.labels and _is_labels(layer) and str(layer.mode) in _PAINTING:
            take_labels(layer)

    def watch(layer: Layer) -> None:
        if isinstance(layer, LabelsLayer):
            layer.events.mode.connect(brush_taken)

    def unwatch(layer: Layer) -> None:
        if isinstance(layer, LabelsLayer):
            layer.events.mode.disconnect(brush_taken)

    for name in ("image", "labels"):
        if getattr(session, name) not in viewer.layers:
            setattr(session, name, None)
    if all(layer.metadata.get(RECORD, {}).get("scan") is not session.scan for layer in viewer.layers):
        session.scan = None
    for layer in viewer.layers:
        watch(layer)
    if session.scan is None and session.image is None and session.labels is None:
        for layer in viewer.layers:
            adopt(layer)
    viewer.layers.events.inserted.connect(came)
    viewer.layers.events.removed.connect(forget)
    viewer.layers.selection.events.active.connect(brush_taken)

    def stop() -> None:
        viewer.layers.events.inserted.disconnect(came)
        viewer.layers.events.removed.disconnect(forget)
        viewer.layers.selection.events.active.disconnect(brush_taken)
        for layer in viewer.layers:
            unwatch(layer)

    return stop


def _is_labels(layer: Layer | None) -> bool:
    """Whether a layer is one of labels that the stages can work on."""
    from napari.layers import Labels as LabelsLayer

    if not isinstance(layer, LabelsLayer) or layer.ndim != 3:
        return False
    return not {PREVIEW, LIVE, OVERLAY} & layer.metadata.get(RECORD, {}).keys()
