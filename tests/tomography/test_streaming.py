"""Slabs, files, going on after a break, region and binning."""

import errno
import json
import os
from dataclasses import replace
from itertools import pairwise

import h5py
import numba
import numpy as np
import pytest

from helpers.analytic import counted, discs, ellipsoids
from napari_crystalseg.errors import Cancelled, InputError
from napari_crystalseg.tomography import (
    PLAIN,
    Recipe,
    discard,
    reconstruct,
    reconstruct_into,
    reconstruct_on_disk,
    volume_shape,
)
from napari_crystalseg.tomography.methods.methods import method_named
from napari_crystalseg.tomography.methods.ray_geometry import Geometry
from napari_crystalseg.tomography.slabs import slab_plan as slab_plan_module
from napari_crystalseg.tomography.slabs.slab_plan import SlabPlan

ANGLES = np.linspace(0, 180, 60, endpoint=False)


@pytest.fixture(scope="module")
def scan():
    rng = np.random.default_rng(3)
    return counted(ellipsoids(rng, ANGLES, (40, 32), 15.2), ANGLES, rng=rng, pixel_size_um=0.8)


@pytest.fixture
def small_slabs(monkeypatch):
    """Slabs of 16 rows, where one of 40 rows would do; a slab holds a block for each thread."""
    monkeypatch.setattr(slab_plan_module, "_SLAB_BYTES", 1)
    threads = numba.get_num_threads()
    numba.set_num_threads(1)
    yield
    numba.set_num_threads(threads)


def recipe(method="fourier", **options):
    return Recipe(centre_px=15.2, preprocessing=PLAIN, method=method, **options)


def killed_at(slice_number):
    def progress(done, said):
        if said.startswith(f"Reconstructing slice {slice_number} "):
            raise Cancelled("killed")

    return progress


@pytest.mark.parametrize("method", ["fourier", "fbp"])
def test_a_killed_run_goes_on_to_the_same_bits(scan, tmp_path, small_slabs, method):
    at_once = 16 if method == "fourier" else 32
    whole = reconstruct_on_disk(tmp_path / "whole.part", scan, recipe(method))
    with pytest.raises(Cancelled):
        reconstruct_on_disk(tmp_path / "v.part", scan, recipe(method), killed_at(at_once + 1))
    journal = json.loads((tmp_path / "v.part.journal").read_text())
    assert journal["done"] == [0] and journal["at_once"] == at_once
    began = []
    again = reconstruct_on_disk(tmp_path / "v.part", scan, recipe(method), lambda done, said: began.append(said))
    assert not any(said.startswith("Reconstructing slice 1 ") for said in began)
    assert any(said.startswith(f"Reconstructing slice {at_once + 1} ") for said in began)
    np.testing.assert_array_equal(again.data, whole.data)
    assert again.provenance == whole.provenance
    np.testing.assert_array_equal(whole.data, reconstruct(scan, Recipe(15.2, preprocessing=PLAIN, method=method)).data)
    del again, whole
    discard(tmp_path / "v.part")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["whole.part", "whole.part.journal"]


def test_the_centre_found_is_not_looked_for_again(scan, tmp_path, small_slabs):
    found = Recipe(preprocessing=PLAIN, method="fourier")
    with pytest.raises(Cancelled):
        reconstruct_on_disk(tmp_path / "v.part", scan, found, killed_at(17))
    said = []
    volume = reconstruct_on_disk(tmp_path / "v.part", scan, found, lambda done, text: said.append(text))
    assert not any("Looking for the rotation centre" in text for text in said)
    step = volume.provenance.steps[-1]
    assert step["rotation_centre"] == "found" and step["rotation_centre_px"] == pytest.approx(15.2, abs=0.2)


@pytest.mark.parametrize("what", ["another recipe", "another scan", "damaged file", "damaged journal"])
def test_another_reconstruction_begins_anew(scan, tmp_path, small_slabs, what):
    path = tmp_path / "v.part"
    with pytest.raises(Cancelled):
        reconstruct_on_disk(path, scan, recipe(), killed_at(17))
    ours, theirs = recipe(), scan
    if what == "another recipe":
        ours = recipe(filter_name="hann")
    elif what == "another scan":
        theirs = counted(discs(ANGLES, 32, 15.2, [(0, 0, 9, 0.01)], rows=40), ANGLES)
    elif what == "damaged file":
        path.write_bytes(path.read_bytes()[:200])
    else:
        (tmp_path / "v.part.journal").write_text('{"fingerprint": ')
    found = reconstruct_on_disk(path, theirs, ours)
    np.testing.assert_array_equal(
        found.data,
        reconstruct(theirs, Recipe(15.2, preprocessing=PLAIN, filter_name=ours.filter_name, method="fourier")).data,
    )


def test_into_a_dataset_of_hdf5(scan, tmp_path, small_slabs):
    wanted = reconstruct(scan, Recipe(15.2, preprocessing=PLAIN, method="fourier"))
    with h5py.File(tmp_path / "v.h5", "w") as file:
        target = file.create_dataset("data", volume_shape(scan, recipe()), np.float32, chunks=(8, 32, 32))
        with pytest.raises(Cancelled):
            reconstruct_into(target, scan, recipe(), tmp_path / "journal", killed_at(33))
        provenance = reconstruct_into(target, scan, recipe(), tmp_path / "journal")
        np.testing.assert_array_equal(target[()], wanted.data)
    assert provenance == wanted.provenance
    with pytest.raises(InputError, match="shape"):
        reconstruct_into(np.empty((40, 32, 31), np.float32), scan, recipe())


def test_rows_are_those_of_the_whole(scan):
    whole = reconstruct(scan, Recipe(15.2, preprocessing=PLAIN, method="fbp"))
    part = reconstruct(scan, Recipe(15.2, preprocessing=PLAIN, method="fbp", rows=(9, 21)))
    np.testing.assert_array_equal(part.data, whole.data[9:21])
    assert part.provenance.steps[-1]["rows"] == [9, 21]


@pytest.mark.parametrize(("width", "binning", "side"), [(20, 1, 20), (19, 1, 20), (32, 1, 32), (17, 2, 8), (18, 2, 10)])
def test_a_square_about_the_axis_is_that_of_the_whole(scan, tmp_path, width, binning, side):
    """Of 32 columns, or 16 binned ones, an even number keeps the axis in the middle."""
    whole = reconstruct(scan, Recipe(15.2, preprocessing=PLAIN, method="fourier", binning=binning)).data
    margin = (whole.shape[2] - side) // 2
    kept = whole[:, margin : margin + side, margin : margin + side]
    part = reconstruct(scan, Recipe(15.2, preprocessing=PLAIN, method="fourier", width=width, binning=binning))
    np.testing.assert_array_equal(part.data, kept)
    assert part.provenance.steps[-1]["width"] == width
    choices = recipe(width=width, binning=binning)
    assert volume_shape(scan, choices) == kept.shape
    np.testing.assert_array_equal(reconstruct_on_disk(tmp_path / "v.part", scan, choices).data, kept)


@pytest.mark.parametrize("factor", [2, 4])
@pytest.mark.parametrize("method", ["fourier", "fbp"])
def test_binning_keeps_place_and_attenuation(factor, method):
    centre, y, x = 61.7, -14.0, 22.0
    # The median over nine columns that finds stripes is wide beside 32 of them.
    even = replace(PLAIN, remove_stripes="none")
    angles = np.linspace(0, 180, 200, endpoint=False)
    projections = discs(angles, 131, centre, [(4, -6, 22.3, 0.004), (y, x, 6.3, 0.01)], rows=6)
    small = reconstruct(
        counted(projections, angles, pixel_size_um=0.5),
        Recipe(centre, preprocessing=even, method=method, binning=factor),
    )
    width = 131 // factor
    assert small.shape == (6 // factor, width, width) and small.voxel_size_um == (0.5 * factor,) * 3
    assert small.provenance.steps[-1]["rotation_centre_px"] == centre
    from_axis = (np.arange(width) - (width - 1) / 2) * factor
    image = small.data[0]
    base = np.hypot(from_axis[:, np.newaxis] - 4, from_axis + 6)
    bead = np.hypot(from_axis[:, np.newaxis] - y, from_axis - x)
    assert image[base < 16].mean() == pytest.approx(0.004 / 0.5, rel=0.0025 * factor)
    extra = np.where(bead < 10, image, 0)
    assert (extra * from_axis[:, np.newaxis]).sum() / extra.sum() == pytest.approx(y, abs=0.1 * factor)
    assert (extra * from_axis).sum() / extra.sum() == pytest.approx(x, abs=0.1 * factor)


def test_unusable_choices(scan, tmp_path):
    for options, said in (
        ({"rows": (5, 41)}, "0:40"),
        ({"rows": (7, 7)}, "not on the detector"),
        ({"rows": (7, 8), "binning": 2}, "cannot be binned"),
        ({"binning": 3}, "1, 2 or 4"),
        ({"width": 0}, "not from 1 to the detector's 32"),
        ({"width": 33}, "not from 1 to the detector's 32"),
        ({"method": "magic"}, "choose one"),
    ):
        with pytest.raises(InputError, match=said):
            reconstruct_on_disk(tmp_path / "v.part", scan, recipe(**{"method": "fourier", **options}))
    assert not list(tmp_path.iterdir())


def test_nothing_is_left_of_a_scan_that_cannot_be_used(tmp_path):
    line_integrals = discs(ANGLES, 32, 15.2, [(0, 0, 9, 0.01)])
    dark = replace(counted(line_integrals, ANGLES), flats=np.zeros((2, 1, 32), np.float32))
    with pytest.raises(InputError, match="flats"):
        reconstruct_on_disk(tmp_path / "v.part", dark, recipe())
    assert not list(tmp_path.iterdir())


def test_a_plan_fits_or_says_what_would():
    geometry = Geometry(np.arange(0, 180, 0.1), 2048, 1023.5)
    method = method_named("fourier")
    volume = 4 * 2048**3
    with pytest.raises(InputError, match=r"needs 3[4-9]\.\d GB of memory, 34.4 GB of them for the result, and 16.0 GB"):
        SlabPlan.of(geometry, (0, 2048), method, volume, bytes_free=16 * 10**9)
    # Into a file the same passes in slabs.
    plan = SlabPlan.of(geometry, (0, 2048), method, bytes_free=16 * 10**9)
    assert plan.bytes_needed < 8e9
    slabs = list(plan)
    assert slabs[0][0] == 0 and slabs[-1][1] == 2048
    assert all(last == following for (_, last), (following, _) in pairwise(slabs))
    with pytest.raises(InputError, match="fewer rows"):
        SlabPlan.of(geometry, (0, 2048), method, bytes_free=10**8)
    assert SlabPlan.of(geometry, (0, 2048), method, at_once=24).at_once == 24


def test_memory_stays_within_the_plan(scan):
    import tracemalloc

    rows, width, count = 96, 96, 90
    angles = np.linspace(0, 180, count, endpoint=False)
    scan = counted(discs(angles, width, 47.5, [(0, 0, 30, 0.01)], rows=rows), angles)
    geometry = Geometry(angles, width, 47.5)
    plan = SlabPlan.of(geometry, (0, rows), method_named("fourier"), 4 * rows * width**2)
    reconstruct(scan, Recipe(47.5, preprocessing=PLAIN, method="fourier"))  # compiles
    tracemalloc.start()
    reconstruct(scan, Recipe(47.5, preprocessing=PLAIN, method="fourier"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 0.4 * plan.bytes_needed < peak < 1.2 * plan.bytes_needed


def test_compressed_frames_are_unpacked_once_for_all_slabs(scan, tmp_path, small_slabs):
    from napari_crystalseg import io
    from napari_crystalseg.frames import HeldRows

    io.save_scan(scan, tmp_path / "scan.nxs")
    lazy = io.open_scan(tmp_path / "scan.nxs", lazy=True)
    assert lazy.projections.rows_together == scan.shape[1]
    reads = []

    class Counted(HeldRows):
        rows_together = scan.shape[1]

        def _read(self, frames, rows, columns):
            if len(frames) == len(self):
                reads.append((rows.start, rows.stop))
            return self._frames._read(frames, rows, columns)

    counted_scan = replace(lazy, projections=Counted(lazy.projections, 1))
    data = reconstruct(counted_scan, recipe()).data
    slabs = [read for read in reads if read != (0, 0)]
    assert slabs[-1] == (0, scan.shape[1])
    assert len(slabs) < 6
    np.testing.assert_array_equal(data, reconstruct(scan, recipe()).data)


def test_angles_that_do_not_turn_are_refused(scan):
    with pytest.raises(InputError, match="check the angles"):
        reconstruct(replace(scan, angles_deg=np.full(60, 10.0)))


def test_a_full_disk_is_told_and_leaves_nothing(scan, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full, raising=False)
    with pytest.raises(InputError, match="No space left"):
        reconstruct_on_disk(tmp_path / "v.npy.part", scan, recipe())
    assert list(tmp_path.iterdir()) == []


def test_two_runs_into_one_file(scan, tmp_path):
    other = replace(scan, projections=np.asarray(scan.projections)[::-1])
    path = tmp_path / "x.part"
    first = reconstruct_on_disk(path, scan, recipe())
    kept = np.array(first.data)

    def meanwhile(done, said):
        with pytest.raises(InputError, match=r"x\.part is being written by another run"):
            reconstruct_on_disk(path, scan, recipe())

    second = reconstruct_on_disk(path, other, recipe(), meanwhile)
    assert np.array_equal(first.data, kept) and not np.array_equal(second.data, kept)
    discard(path)
    assert not list(tmp_path.iterdir())
