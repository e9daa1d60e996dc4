"""Detector geometry: a simulated still whose header is off, its rings in napari, and the picture of all answers."""

from __future__ import annotations

import time
from pathlib import Path

import napari
import numpy as np
from PIL import Image
from qtpy.QtWidgets import QApplication
from screen import IMAGES, SIZE

from napari_crystalseg.diffraction.background import Background
from napari_crystalseg.diffraction.beam import DiffractionBeam
from napari_crystalseg.diffraction.crystal import DiffractingCrystal
from napari_crystalseg.diffraction.detectors import preset_detector
from napari_crystalseg.diffraction.images import Camera, simulate_still
from napari_crystalseg.diffraction.lattice import Lattice
from napari_crystalseg.diffraction.structure_factors import wilson_structure_factors
from napari_crystalseg.io.diffraction_images import DiffractionImage
from napari_crystalseg.pictures.geometry_picture import geometry_png
from napari_crystalseg.widgets import DetectorGeometryWidget
from napari_crystalseg.widgets.layers.diffraction_layer import diffraction_layer

TRUE_CENTRE, TILT = (1100.0, 980.0), (1.5, -2.0)


def still() -> DiffractionImage:
    """Lysozyme on a tilted Eiger 4M, with a header that is off by 27 pixels and knows of no tilt."""
    beam = DiffractionBeam(12.4, 2e11, (50.0, 50.0))
    lattice = Lattice.preset("lysozyme").turned(3)
    detector = preset_detector("eiger-4m", 150.0, beam_centre_px=TRUE_CENTRE, pitch_yaw_deg=TILT)
    crystal = DiffractingCrystal(lattice, 40.0**3, mosaicity_deg=0.15)
    factors = wilson_structure_factors(lattice, 1.7, seed=1)
    counts = simulate_still(
        crystal, factors, beam, Camera(detector), exposure_s=0.1, background=Background(), seed=1
    ).counts[0]  # fmt: skip
    return DiffractionImage(
        counts, counts < 0, (0.075, 0.075), beam.wavelength_angstrom, 150.0, (1085.0, 1003.0), "as it was last week",
        detector="Eiger 4M, simulated",
    )  # fmt: skip


def take(samples: Path) -> None:
    """Open, find, and take both pictures."""
    viewer = napari.Viewer(show=True)
    viewer.window._qt_window.setGeometry(0, 0, *SIZE)
    widget = DetectorGeometryWidget(viewer)
    viewer.window.add_dock_widget(widget, name="Detector geometry", area="right")
    widget.setMinimumWidth(400)
    data, state, _ = diffraction_layer(still(), "still")
    viewer.add_image(data, **state)
    widget.find_button.click()
    end = time.monotonic() + 400
    while widget.found is None and time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.01)
    assert widget.found is not None and widget.image is not None
    viewer.reset_view()
    until = time.monotonic() + 2
    while time.monotonic() < until:
        QApplication.processEvents()
    shot = np.asarray(viewer.window.screenshot(canvas_only=False, flash=False))[..., :3]
    Image.fromarray(shot).quantize(128).save(IMAGES / "dock-detector-geometry.png", optimize=True)
    (IMAGES / "diffraction-geometry.png").write_bytes(geometry_png(widget.image, widget.found))
    viewer.close()
