import json

import numpy as np
import pytest

from helpers.analytic import counted, discs, ellipsoids
from napari_crystalseg.errors import Cancelled, InputError
from napari_crystalseg.tomography import Preprocessing, Recipe, reconstruct
from napari_crystalseg.volume import Quantity

ANGLES = np.linspace(0, 180, 150, endpoint=False)


@pytest.fixture(scope="module")
def i13_volume(i13_scan):
    return reconstruct(i13_scan)


def test_cylinder_from_counts_to_attenuation():
    projections = discs(ANGLES, 96, 45.2, [(4, -3, 28.2, 0.01)], rows=3)
    scan = counted(projections, ANGLES, pixel_size_um=0.5, rotation_centre_px=40.0)
    volume = reconstruct(scan)
    assert volume.quantity is Quantity.LINEAR_ATTENUATION
    assert volume.voxel_size_um == (0.5, 0.5, 0.5) and volume.shape == (3, 96, 96)
    away = np.arange(96) - 47.5
    inside = np.hypot(away[:, np.newaxis] - 4, away + 3) < 25
    assert volume.data[:, inside].mean() == pytest.approx(0.02, rel=0.005)
    step = volume.provenance.steps[-1]
    assert step["step"] == "reconstruct" and step["rotation_centre"] == "found" and step["angles"] == 150
    # The recorded 40 is wrong and was not taken.
    assert step["rotation_centre_px"] == pytest.approx(45.2, abs=0.2)
    json.dumps(volume.provenance.to_dict())


def test_recorded_and_given_centre():
    scan = counted(discs(ANGLES, 64, 31.0, [(0, 0, 20, 0.01)]), ANGLES, rotation_centre_px=31.0)
    recorded, given = reconstruct(scan, Recipe("recorded")), reconstruct(scan, Recipe(31.0))
    np.testing.assert_array_equal(recorded.data, given.data)
    assert recorded.provenance.steps[-1]["rotation_centre"] == "recorded"
    assert given.quantity is Quantity.ARBITRARY and given.voxel_size_um is None
    assert "unknown" in given.provenance.steps[-1]["voxel_size_um"]


def test_phase_retrieval_smooths_and_keeps_the_level():
    rng = np.random.default_rng(3)
    projections = discs(ANGLES, 96, 47.5, [(0, 0, 30.2, 0.01)], rows=16)
    scan = counted(projections, ANGLES, 500.0, rng=rng, pixel_size_um=1.0, energy_kev=5.0, distance_mm=20.0)
    plain, retrieved = (
        reconstruct(scan, Recipe(47.5)),
        reconstruct(scan, Recipe(47.5, preprocessing=Preprocessing(delta_beta=10.0))),
    )
    away = np.arange(96) - 47.5
    inside = np.hypot(away[:, np.newaxis], away) < 20
    assert retrieved.data[:, inside].std() < 0.5 * plain.data[:, inside].std()
    assert retrieved.data[:, inside].mean() == pytest.approx(0.01, rel=0.02)


def test_i13_comes_out_clean(i13_volume):
    data = i13_volume.data
    assert data.shape == (135, 160, 160)
    step = i13_volume.provenance.steps[-1]
    assert step["rotation_centre_px"] == pytest.approx(85.9, abs=0.3)
    assert step["dead_pixels_replaced"] == 1
    # Below the rod a block of resin fills the slice: a plateau without cupping, in air that is zero.
    base = data[118:132].mean(axis=0)
    y, x = np.ogrid[:160, :160]
    solid = base > 0.5 * np.median(base[base > 0.5 * base.max()])
    middle_y, middle_x = (np.argwhere(solid).mean(axis=0)).round()
    from_middle = np.hypot(y - middle_y, x - middle_x)
    radius = np.sqrt(solid.sum() / np.pi)
    core, rim = (
        base[from_middle < 0.4 * radius].mean(),
        base[(from_middle > 0.6 * radius) & (from_middle < 0.85 * radius)].mean(),
    )
    assert core == pytest.approx(rim, rel=0.08)
    air = (from_middle > 1.2 * radius) & (np.hypot(y - 79.5, x - 79.5) < 72)
    assert abs(base[air].mean()) < 0.04 * core
    assert base[air].std() < 0.04 * core


def test_rings_of_a_drifting_flat_field_go():
    rng = np.random.default_rng(5)
    scan = counted(ellipsoids(rng, ANGLES, (16, 96), 47.0) + rng.normal(0, 0.02, (1, 16, 96)), ANGLES)
    with_rings, without = (
        reconstruct(scan, Recipe(47.0, preprocessing=Preprocessing(remove_stripes="none"))),
        reconstruct(scan, Recipe(47.0)),
    )
    air = np.s_[:, :8, 30:60]
    assert without.data[air].std() < 0.6 * with_rings.data[air].std()


def test_unusable():
    scan = counted(discs(ANGLES, 64, 31.0, [(0, 0, 20, 0.01)]), ANGLES)
    for keywords, said in (
        ({"centre_px": "recorded"}, "no recorded"),
        ({"centre_px": "middle"}, "recorded"),
        ({"centre_px": 64.0}, "outside the detector"),
        ({"filter_name": "bare"}, "choose one"),
        ({"centre_px": 31.0, "preprocessing": Preprocessing(delta_beta=100.0)}, "energy"),
    ):
        with pytest.raises(InputError, match=said):
            reconstruct(scan, Recipe(**keywords))


def test_progress_runs_to_the_end_and_cancels():
    scan = counted(discs(ANGLES, 64, 31.0, [(0, 0, 20, 0.01)], rows=40), ANGLES)
    heard = []
    reconstruct(scan, progress=lambda done, said: heard.append(done))
    assert heard == sorted(heard) and heard[-1] == pytest.approx(1)

    def cancel(done, said):
        if done > 0.1:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        reconstruct(scan, progress=cancel)
