"""Functions for the worker process to run in place of the network."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.review.edits.change import Change
from napari_crystalseg.review.places.place import Place
from napari_crystalseg.review.places.place_list import PlaceList
from napari_crystalseg.review.places.stop_line import StopLine
from napari_crystalseg.review.teaching.teach import Taught
from napari_crystalseg.segmentation.postprocessing.physics import Physics, apply_physics
from napari_crystalseg.widgets.tasks.places import FoundPlaces
from napari_crystalseg.widgets.tasks.quality import JudgedQuality

PNG = b"\x89PNG"


def segment_by_value(volume, model_folder=None, crystals=None, adapt=False, progress=None):
    """Label by thresholds, which is right for the voxel values of the small sample."""
    progress(0.5, "thresholding")
    data = np.select([volume.data > 0.025, volume.data > 0.015, volume.data > 0.005], [2, 3, 1], 0).astype(np.uint8)
    uncertainty = np.full(data.shape, 38, dtype=np.uint8)
    return SimpleNamespace(
        labels=Labels(data, volume.voxel_size_um), uncertainty=uncertainty, probabilities=None, corrections=()
    )


def segment_in_pieces(volume, model_folder=None, crystals=None, adapt=False, progress=None):
    """Label by thresholds, with a large and a small piece of crystal more, and put pieces of crystal right."""
    found = segment_by_value(volume, progress=progress)
    data = found.labels.data.copy()
    size = np.count_nonzero(data == Material.CRYSTAL)
    data[0] = data[-1] = Material.AIR
    data[0].flat[: size // 4] = Material.CRYSTAL
    data[-1, 0, 0] = Material.CRYSTAL
    rules = replace(Physics.none(), crystals=crystals)
    right, corrections = apply_physics(Labels(data, volume.voxel_size_um), rules)
    return SimpleNamespace(
        labels=Labels(right, volume.voxel_size_um),
        uncertainty=found.uncertainty,
        probabilities=None,
        corrections=corrections,
    )


def find_nothing(labels, coefficients_per_um, progress=None, **options):
    """Find no place, without asking the network."""
    return FoundPlaces(PlaceList((), StopLine(0.5, 0.1, 0.0, 0.0, None)), None)


def find_three_at_the_crystal(labels, coefficients_per_um, progress=None, **options):
    """Find three places of liquor beside the crystal that may be crystal, in three slices."""
    inside = np.argwhere(labels.data == Material.CRYSTAL)
    places = []
    for z in range(1, 4):
        y, x = inside[inside[:, 0] == z][0, 1:]
        box = (slice(z, z + 1), slice(int(y) - 1, int(y)), slice(int(x), int(x) + 2))
        was = int(labels.data[box].flat[0])
        mask = labels.data[box] == was
        centre = (z, int(y) - 1, int(x))
        size = labels.required_voxel_size_um
        places.append(Place(box, mask, was, int(Material.CRYSTAL), centre, size, 0.5, 4.0 - z, "edge doubtful"))
    return FoundPlaces(PlaceList(tuple(places), StopLine(0.5, 0.1, 0.0, 0.0, None)), None)


def judge_by_count(labels, coefficients_per_um, automatic=None, progress=None, **options):
    """Tell how many voxels of crystal there are, and how many were edited; lead to the first of them."""
    progress(0.5, "counting")
    inside = np.argwhere(labels.data == Material.CRYSTAL)
    edited = 0 if automatic is None else int(np.count_nonzero(automatic != labels.data))
    text = f"{options['crystal']} at {options['energy_kev']:g} keV" if options["reflection_files"] is None else "files"
    first = tuple(int(at) for at in inside[0])
    return JudgedQuality((f"{len(inside)} voxels of crystal.", f"{edited} edited."), text, PNG, (first,))


def teach_by_value(volume, strokes, labels=None, probabilities=None, progress=None):
    """Give each voxel the class of the stroke whose mean voxel value is nearest."""
    progress(0.5, "comparing")
    values = volume.data[tuple(strokes.indices.T)]
    means = [values[strokes.labels == one].mean() for one in strokes.classes]
    nearest = np.abs(volume.data[..., None] - np.array(means)).argmin(axis=-1)
    after = np.array([int(one) for one in strokes.classes], np.uint8)[nearest]
    before = np.zeros_like(after) if labels is None else labels
    return Taught(after, np.full(after.shape, 128, np.uint8), Change.between(before, after), {Material.CRYSTAL: 0.25})


def teach_forever(volume, strokes, labels=None, probabilities=None, progress=None):
    """Never finish, but tell how far it is."""
    segment_forever(volume, progress=progress)


def segment_forever(volume, model_folder=None, crystals=None, adapt=False, progress=None):
    """Never finish, but tell how far it is."""
    for step in range(3000):
        progress(step / 3000, "working")
        time.sleep(0.02)


def add(a, b, progress=None):
    """Add two numbers."""
    return a + b


def refuse(progress=None):
    """Fail as work does that was given something wrong."""
    raise InputError("The sample is upside down; turn it round.")


def stumble(progress=None):
    """Fail as only a mistake in a program does."""
    raise KeyError("oops")


def lack(what, progress=None):
    """Fail for want of a library."""
    raise ImportError(what)


def make_variants_quickly(labels, folder, n, seed, size=None, progress=None):
    """Make empty cases."""
    folders = [Path(folder) / f"case_{case:04d}" for case in range(n)]
    for case in folders:
        case.mkdir(parents=True)
    return [str(case) for case in folders]


def make_variants_forever(labels, folder, n, seed, size=None, progress=None):
    """Finish one case and never the second, which lies half-written beside it."""
    (Path(folder) / "case_0000").mkdir(parents=True)
    (Path(folder) / ".case_0001.part").mkdir()
    (Path(folder) / ".case_0001.part" / "scan.h5").write_text("half")
    for step in range(3000):
        progress(step / 3000, "case 2")
        time.sleep(0.02)


def preview_forever(request, progress=None):
    """Never finish."""
    for step in range(3000):
        progress(step / 3000, "working")
        time.sleep(0.02)


def measure_edits_slowly(*args, progress=None):
    """Measure edits, and take a while over it."""
    from napari_crystalseg.widgets.tasks.edits import measure_edits

    time.sleep(0.6)
    return measure_edits(*args, progress=progress)


def begin_and_never_end(scan, recipe, liquor, path, progress):
    """Begin a file as a reconstruction into one does, and never end."""
    np.save(path, np.zeros(1))
    Path(f"{path}.journal").write_text("{}")
    progress(0.5, "waiting")
    time.sleep(600)


def process_by_grey(request, shown=None, progress=None):
    """Process with thresholds in place of the network, and without drawing pictures; all else is real."""
    from napari_crystalseg.widgets.tasks.process import process_sample

    with _thresholds():
        return process_sample(request, shown, progress)


def process_by_grey_in_background(request, progress=None):
    """Do so beside other work."""
    from napari_crystalseg.widgets.tasks.process import process_in_background

    if "slow" in request.path:
        for step in range(3000):
            progress(step / 3000, "working")
            time.sleep(0.02)
    with _thresholds():
        return process_in_background(request, progress)


def process_by_grey_in_folder(path, folder, **options):
    """Call the workflow as the command does, with the same thresholds and without pictures."""
    from napari_crystalseg.workflows.process.process import process

    with _thresholds():
        return process(path, folder, **options)


@contextmanager
def _thresholds():
    from unittest import mock

    from napari_crystalseg import segmentation
    from napari_crystalseg.pictures import sample_pictures

    def segment(volume, model=None, physics=None, keep_probabilities=False, progress=None):
        found = segment_by_value(volume, progress=progress)
        labels = Labels(found.labels.data, volume.voxel_size_um, volume.provenance.then("segment"))
        return SimpleNamespace(labels=labels, uncertainty=found.uncertainty, probabilities=None, corrections=())

    drawn = {name: lambda *given: b"\x89PNG" for name in ("slices_png", "views_png", "histogram_png")}
    with mock.patch.object(segmentation, "segment", segment), mock.patch.multiple(sample_pictures, **drawn):
        yield
