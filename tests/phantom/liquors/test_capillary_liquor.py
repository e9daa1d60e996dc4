import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Material
from napari_crystalseg.phantom import CapillaryLiquor, Polyhedron, Sample
from napari_crystalseg.phantom.mounts.mount import FibreLoop

FIELD = 100.0
LOOP = FibreLoop(34.0, 27.0, 4.0, 0.0, np.eye(3), np.zeros(3))


def crystal(half_um=11.0, centre=(0.0, 0.0, 0.0)):
    turn = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]
    normals = np.vstack([np.eye(3), -np.eye(3)]) @ turn.T
    return Polyhedron(normals, np.full(6, half_um), np.asarray(centre))


def drop(volume, **change):
    return CapillaryLiquor(
        **{
            "volume_um3": volume,
            "crystal_angle_deg": 25.0,
            "mount_angle_deg": 30.0,
            "semi_axes_um": (30.0, 12.0, 24.0),
            "rotation": np.eye(3),
            "centre_um": np.zeros(3),
            "longest_axis": 56,  # half of the voxels' grid in most tests: quick
        }
        | change
    )


@pytest.mark.parametrize("volume", [8000.0, 45000.0, 120000.0])
def test_labels_hold_the_volume(volume):
    """Starved, filled and overfull: the voxels of liquor in a loop with a crystal add up to what was poured."""
    labels = Sample((crystal(),), LOOP, drop(volume)).voxelise((72, 72, 72), FIELD / 72)
    assert labels.volumes_um3()[Material.LIQUOR] == pytest.approx(volume, rel=0.01)


def test_starved_crystal_is_exposed_and_overfull_one_is_not():
    def bare(volume):
        data = Sample((crystal(),), LOOP, drop(volume)).voxelise((60, 60, 60), FIELD / 60).data
        touching = np.zeros(data.shape, dtype=bool)
        for axis in range(3):
            for way in (1, -1):
                touching |= np.roll(data == Material.AIR, way, axis)
        return np.count_nonzero(touching & (data == Material.CRYSTAL))

    assert bare(8000.0) > 300
    assert bare(120000.0) == 0


def test_lens_fills_the_loop():
    """Enough liquor closes the opening: no straight way through the loop along its normal, near its middle."""
    data = Sample((crystal(5.0),), LOOP, drop(45000.0)).voxelise((72, 72, 72), FIELD / 72).data
    inside = data[20:52, :, 24:48]
    assert (inside != Material.AIR).any(axis=1).all()


def test_film_covers_all_and_counts_as_liquor():
    film = 3.0
    poured = drop(30000.0, crystal_film_um=film)
    labels = Sample((crystal(14.0, (0.0, 10.0, 0.0)),), LOOP, poured).voxelise((96, 96, 96), FIELD / 96)
    data = labels.data
    for axis in range(3):
        for way in (1, -1):
            assert not (np.roll(data == Material.AIR, way, axis) & (data == Material.CRYSTAL)).any()
    assert labels.volumes_um3()[Material.LIQUOR] == pytest.approx(30000.0, rel=0.02)


def test_finer_voxels_show_the_same_surface():
    """A grid finer than the one that the surface is found on is interpolated from it."""
    poured = drop(45000.0, longest_axis=48)
    fine = Sample((crystal(),), LOOP, poured).voxelise((128, 128, 128), FIELD / 128)
    assert fine.volumes_um3()[Material.LIQUOR] == pytest.approx(45000.0, rel=0.01)


def test_a_free_drop_is_exact_where_its_grid_is_that_of_the_voxels():
    """A sphere of nine voxels' radius keeps its volume; interpolated from every second voxel it lost 2.4 %."""
    volume = 4 / 3 * np.pi * 9.0**3
    ball = drop(volume, semi_axes_um=(1.0, 1.0, 1.0))
    speck = crystal(0.1)
    labels = Sample((speck,), None, ball).voxelise((28, 28, 28), 1.0)
    assert labels.volumes_um3()[Material.LIQUOR] == pytest.approx(volume, rel=0.01)
    told = labels.provenance.steps[-1]["liquor_at_rest"]
    assert told["converged"] is True
    assert told["curvature_per_um"] == pytest.approx(2 / 9.0, rel=0.03)


def test_a_liquor_that_did_not_come_to_rest_says_so(monkeypatch):
    from napari_crystalseg.phantom.liquors import capillary

    monkeypatch.setattr(capillary, "_LONGEST", 2)
    labels = Sample((crystal(),), LOOP, drop(45000.0)).voxelise((40, 40, 40), FIELD / 40)
    assert labels.provenance.steps[-1]["liquor_at_rest"]["converged"] is False
    assert "liquor_at_rest" not in Sample((crystal(),), LOOP, None).voxelise((20,) * 3, 5.0).provenance.steps[-1]


def test_a_flat_field_keeps_nodes_enough_along_its_short_axis():
    """A slab of 24 voxels, wider than the longest axis of the surface's grid, is not thinned to a few nodes."""
    disc = drop(20000.0, longest_axis=16, semi_axes_um=(8.0, 20.0, 20.0))
    labels = Sample((crystal(5.0),), None, disc).voxelise((24, 48, 48), 2.0)
    assert labels.volumes_um3()[Material.LIQUOR] == pytest.approx(20000.0, rel=0.05)


def test_too_thin_a_field_is_told():
    with pytest.raises(InputError, match="thicker field or smaller voxels"):
        Sample((crystal(5.0),), None, drop(9000.0)).voxelise((7, 48, 48), 2.0)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"volume": 0.0}, "volume must be positive"),
        ({"crystal_angle_deg": 200.0}, "between 0 and 180"),
        ({"semi_axes_um": (1.0, 0.0, 1.0)}, "half axes"),
        ({"semi_axes_um": (1.0, np.nan, 1.0)}, "half axes"),
        ({"crystal_film_um": -1.0}, "thinner than nothing"),
        ({"mount_film_um": np.nan}, "thinner than nothing"),
        ({"longest_axis": 4}, "at least 16"),
    ],
)
def test_impossible_liquors_are_refused(change, says):
    with pytest.raises(InputError, match=says):
        drop(**({"volume": 1000.0} | change))


def test_films_cannot_take_more_than_there_is():
    sample = Sample((crystal(),), LOOP, drop(3000.0, crystal_film_um=3.0))
    with pytest.raises(InputError, match="films alone"):
        sample.voxelise((40, 40, 40), FIELD / 40)
