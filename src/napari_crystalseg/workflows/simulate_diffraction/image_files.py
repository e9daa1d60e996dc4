"""Simulated images as files: NXmx or CBF, with the experiment list and the truth beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...io.diffraction_images.writing.frame_header import FrameHeader, WrittenAxis, WrittenModule

if TYPE_CHECKING:
    from ...diffraction.images import Camera
    from ...diffraction.rotation import PredictedReflections
    from ...experiment import Detector, Goniometer

HDF5_NAME, CBF_NAME = "images.nxs", "image_{:05d}.cbf"
FORMATS = ("hdf5", "cbf")


def laid_out(detector: Detector) -> Detector:
    """Return the detector with no panel over another in its frame: below each other, where a file does not say."""
    places = [(*panel.frame_px, *panel.shape[::-1]) for panel in detector.panels]
    if not any(_overlap(one, other) for number, one in enumerate(places) for other in places[:number]):
        return detector
    below = np.cumsum([0, *(height for *_, height in places)])
    return replace(
        detector,
        panels=tuple(
            replace(panel, frame_px=(0, int(row))) for panel, row in zip(detector.panels, below, strict=False)
        ),
    )


def _overlap(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether two rectangles (fast, slow, width, height) have a pixel in common."""
    return all(one[axis] < other[axis] + other[axis + 2] and other[axis] < one[axis] + one[axis + 2] for axis in (0, 1))


def frame_shape(detector: Detector) -> tuple[int, int]:
    """Return the pixels of a frame of all panels along (slow, fast)."""
    ends = [np.array(panel.frame_px) + panel.image_size_px for panel in detector.panels]
    fast, slow = np.max(ends, axis=0)
    return int(slow), int(fast)


def in_frame(
    detector: Detector, panels: tuple[NDArray[np.int32], ...], outside: int, shape: tuple[int, int]
) -> NDArray[np.int32]:
    """Return one frame of the images of panels, shape (slow, fast)."""
    if len(panels) == 1 and panels[0].shape == shape:
        return panels[0]
    frame = np.full(shape, outside, dtype=np.int32)
    for panel, image in zip(detector.panels, panels, strict=True):
        fast, slow = panel.frame_px
        frame[slow : slow + image.shape[0], fast : fast + image.shape[1]] = image
    return frame


def frame_header(
    camera: Camera,
    *,
    wavelength: float,
    source_direction: NDArray[np.float64],
    exposure_s: float,
    goniometer: Goniometer,
    angles_deg: NDArray[np.float64],
    width_deg: float,
) -> FrameHeader:
    """Return what is stated of all images."""
    detector = camera.detector
    forward = -source_direction[np.newaxis]
    # On a detector that is turned away, the beam may meet the plane of a panel beside it, or none at all.
    met = max(int(detector.meets(forward)[0][0]), 0)
    beam = detector.panels[met]
    place = beam.meets(forward)[0] / beam.pixel_size_mm
    if not np.isfinite(place).all():
        place = np.array([-beam.origin_mm @ beam.fast, -beam.origin_mm @ beam.slow]) / beam.pixel_size_mm
    centre = (float(place[0] + beam.frame_px[0]), float(place[1] + beam.frame_px[1]))
    if len(detector.panels) > 1:
        # By its header alone a barrel is known to whole pixels, and by how much it is moved from there.
        centre = (round(centre[0]), round(centre[1]))
    modules = tuple(
        WrittenModule(
            panel.origin_mm,
            panel.fast,
            panel.slow,
            (float(panel.pixel_size_mm[0]), float(panel.pixel_size_mm[1])),
            (panel.frame_px[1], panel.frame_px[0]),
            shape,
        )
        for panel, shape in zip(detector.panels, camera.shapes, strict=True)
    )
    axes = tuple(
        WrittenAxis(vector, float(angle)) for vector, angle in zip(goniometer.axes, goniometer.angles_deg, strict=True)
    )
    # One axis alone may be turned as a whole; of several, those above it are stated themselves.
    axis = goniometer.scan_axis if len(axes) > 1 else goniometer.setting_rotation @ goniometer.scan_axis
    thickness = 0.32 if beam.sensor is None else beam.sensor[1]
    return FrameHeader(
        detector=detector_name(detector),
        modules=modules,
        sensor=(beam.material or "Si", thickness),
        wavelength_angstrom=wavelength,
        exposure_s=exposure_s,
        distance_mm=float(abs(beam.origin_mm @ beam.normal)),
        beam_centre_px=centre,
        rotation_axis=(float(axis[0]), float(axis[1]), float(axis[2])),
        angles_deg=angles_deg,
        width_deg=width_deg,
        cutoff=camera.cutoff,
        note="Simulated by napari-crystalseg",
        below=axes[: goniometer.scan_index],
        above=axes[goniometer.scan_index + 1 :],
    )


@contextmanager
def image_writer(
    folder: Path,
    form: str,
    header: FrameHeader,
    shape: tuple[int, int],
    mask: NDArray[np.bool_],
    record: Mapping[str, Any],
) -> Iterator[Callable[[int, NDArray[np.int32]], None]]:
    """Give the function that writes images into a folder, by number from 0."""
    if form == "cbf":
        from ...io.diffraction_images.writing.cbf import write_cbf

        yield lambda number, frame: write_cbf(folder / CBF_NAME.format(number + 1), frame, header, number)
        return
    from ...io.diffraction_images.writing.nxmx import nxmx_writer

    with nxmx_writer(folder / HDF5_NAME, shape, header, mask, record) as write:
        yield write


def write_truth(
    folder: Path,
    reflections: PredictedReflections,
    photons: NDArray[np.float64],
    recorded: NDArray[np.float64],
    absorption: NDArray[np.float64] | None,
    range_rad: NDArray[np.float64] | None,
    identifiers: Mapping[int, str],
    image: NDArray[np.int64] | None = None,
) -> None:
    """Write the true reflections as a table for DIALS (``truth.refl``) and as text (``truth.csv``).

    Parameters
    ----------
    folder : Path
        Where.
    reflections : PredictedReflections
        Where and when each is seen.
    photons : ndarray, shape (reflection,)
        Photons of each whole reflection, absorption included.
    recorded : ndarray, shape (reflection,)
        Part of it that the images hold.
    absorption : ndarray, shape (reflection,), or None
        Absorption factor; 1 where None.
    range_rad : ndarray, shape (reflection,), or None
        Standard deviation of the scan angles over which it is seen; None for stills.
    identifiers : mapping of int to str
        Names of the sweeps.
    image : ndarray of int, shape (reflection,), optional
        For stills, the image of each, from 0, which is the number of its experiment too.
    """
    import pandas as pd

    from ...experiment.table.reflection_writing import write_reflection_file
    from ...io import replacing

    n = len(reflections)
    factor = np.ones(n) if absorption is None else absorption
    third = reflections.image if image is None else image + 0.5
    number = np.zeros(n, dtype=np.int64) if image is None else image
    columns = {
        "miller_index": reflections.miller_index,
        "id": number,
        "panel": reflections.panel,
        "s1": reflections.s1,
        "xyzcal.px": np.column_stack([reflections.position_px, third]),
        "xyzcal.mm": np.column_stack([reflections.position_mm, reflections.phi_rad]),
        # Predicted and indexed, as DIALS marks them.
        "flags": np.full(n, 5),
        "d": reflections.d_spacing,
        "lp": 1 / (reflections.lorentz * reflections.polarisation),
        "qe": reflections.efficiency,
        "partiality": recorded,
        "photons.true": photons,
        "absorption_factor.true": factor,
    }
    if range_rad is not None:
        columns |= {"zeta": reflections.zeta, "reflecting_range": range_rad}
    write_reflection_file(folder / "truth.refl", columns, identifiers)
    h, k, l = reflections.miller_index.T  # noqa: E741
    table = pd.DataFrame(
        {
            "h": h,
            "k": k,
            "l": l,
            "image": np.floor(third).astype(int) + 1,
            "panel": reflections.panel,
            "fast_px": reflections.position_px[:, 0].round(3),
            "slow_px": reflections.position_px[:, 1].round(3),
            "phi_deg": np.rad2deg(reflections.phi_rad).round(5),
            "d_angstrom": reflections.d_spacing.round(5),
            "photons": photons,
            "part_recorded": recorded.round(5),
            "lorentz": reflections.lorentz,
            "polarisation": reflections.polarisation,
            "efficiency": reflections.efficiency,
            "A": factor,
        }
    )
    with replacing(folder / "truth.csv") as partial:
        table.to_csv(partial, index=False, float_format="%.6g")


def detector_name(detector: Detector) -> str:
    """Return what headers name it; the names are those by which readers know the layout."""
    name = detector.panels[0].name
    if name.startswith("row-") and len(detector.panels) == 24:
        # By this number dxtbx knows the barrel, for which CBF has no other words.
        return "PILATUS 12M, S/N 120-0100, simulated"
    return f"{name.upper()}, simulated"
