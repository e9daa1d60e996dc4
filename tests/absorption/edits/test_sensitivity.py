from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from helpers.flip_scene import MU, SIZE_UM, SPHERE, exact, scene
from napari_crystalseg.absorption import Coefficients, Directions
from napari_crystalseg.absorption.edits.sensitivity import map_sensitivity
from napari_crystalseg.errors import Cancelled, InputError
from napari_crystalseg.labels import Labels, Material

AIR, LIQUOR, LOOP, CRYSTAL, OTHER = Material


@pytest.fixture(scope="module")
def labels():
    return Labels(scene(), SIZE_UM)


@pytest.fixture(scope="module")
def found(labels):
    """From every crystal voxel and direction."""
    return map_sensitivity(labels, MU, SPHERE)


@pytest.fixture(scope="module")
def flipped(labels, found):
    """Three voxels of each kind of flip: their places, and the true change of mean and spread."""
    rng = np.random.default_rng(0)
    before = exact(labels.data)
    places, mean, spread = [], [], []
    for kind in sorted(set(zip(found.labels.tolist(), found.flips.tolist(), strict=True))):
        candidates = np.flatnonzero((found.labels == kind[0]) & (found.flips == kind[1]))
        for place in rng.choice(candidates, min(4, len(candidates)), replace=False):
            data = labels.data.copy()
            data.reshape(-1)[found.voxels[place]] = found.flips[place]
            after = exact(data)
            places.append(place)
            mean.append(after.mean() - before.mean())
            spread.append(after.std() - before.std())
    return np.array(places), np.array(mean), np.array(spread)


def kinds(result, places):
    return set(zip(result.labels[places].tolist(), result.flips[places].tolist(), strict=True))


def test_each_flip_is_worth_what_tracing_everything_again_gives(found, flipped):
    places, mean, spread = flipped
    assert len(places) >= 40
    assert {
        (CRYSTAL, LIQUOR),
        (LIQUOR, CRYSTAL),
        (CRYSTAL, AIR),
        (AIR, CRYSTAL),
        (LIQUOR, AIR),
        (AIR, LIQUOR),
    } <= kinds(found, places)
    assert {(LOOP, LIQUOR), (LIQUOR, LOOP), (OTHER, LIQUOR)} <= kinds(found, places)
    # Rays that cross the voxel on both legs are counted as if the two were apart: a per mille of the largest.
    assert found.mean_changes[places] == pytest.approx(mean, rel=3e-3, abs=2e-3 * np.abs(mean).max())
    assert found.spread_changes[places] == pytest.approx(spread, rel=1e-2, abs=2e-3 * np.abs(spread).max())
    small = np.abs(mean) < np.median(np.abs(mean))
    assert found.mean_changes[places][small] == pytest.approx(mean[small], rel=1e-2)
    assert found.standard_errors.max() == 0
    assert spearmanr(np.abs(found.mean_changes[places]), np.abs(mean)).statistic > 0.99


def test_a_sample_of_the_rays_ranks_well_and_knows_its_error(labels, found, flipped):
    sampled = map_sensitivity(labels, MU, SPHERE, rays=8000, seed=1)
    places, mean, _ = flipped
    assert spearmanr(np.abs(sampled.mean_changes[places]), np.abs(mean)).statistic > 0.9
    off = np.abs(sampled.mean_changes - found.mean_changes) / sampled.standard_errors
    assert np.median(off) < 1.0
    assert np.percentile(off, 95) < 3.5
    # And the error is of use: most of what counts is known to a fifth.
    large = np.abs(found.mean_changes) > np.median(np.abs(found.mean_changes))
    assert np.median(sampled.standard_errors[large] / np.abs(found.mean_changes[large])) < 0.2


def test_more_rays_bring_it_nearer(labels, found):
    errors = []
    for rays in (1000, 16000):
        sampled = map_sensitivity(labels, MU, SPHERE, rays=rays)
        errors.append(np.sqrt(np.mean((sampled.mean_changes - found.mean_changes) ** 2)))
    assert errors[1] < 0.5 * errors[0]


def test_a_flip_and_its_opposite_undo_each_other(labels, found):
    # After a flip the voxel lies on a surface again, with what it was as the only way back where that is commonest.
    places = np.flatnonzero((found.labels == LIQUOR) & (found.flips == AIR))[::40]
    back = 0
    for place in places:
        data = labels.data.copy()
        data.reshape(-1)[found.voxels[place]] = AIR
        other = map_sensitivity(Labels(data, SIZE_UM), MU, SPHERE)
        at = np.searchsorted(other.voxels, found.voxels[place])
        if other.flips[at] == LIQUOR:
            back += 1
            assert other.mean_changes[at] == pytest.approx(-found.mean_changes[place], rel=0.01)
    assert back >= 5


def test_volumes_are_zero_away_from_surfaces_and_flips_go_to_a_neighbour(labels, found):
    data = labels.data
    surface = np.zeros(data.shape, bool)
    for axis in range(3):
        differs = np.diff(data, axis=axis) != 0
        low = tuple(slice(0, -1) if a == axis else slice(None) for a in range(3))
        high = tuple(slice(1, None) if a == axis else slice(None) for a in range(3))
        surface[low] |= differs
        surface[high] |= differs
    assert np.array_equal(found.voxels, np.flatnonzero(surface))
    for volume in (found.mean_change, found.spread_change, found.absolute_change, found.standard_error):
        assert volume.dtype == np.float32 and volume.shape == data.shape
        assert not volume[~surface].any()
    assert np.array_equal(found.absolute_change, np.abs(found.mean_change))
    target = found.flip_to(labels)
    assert np.array_equal(target != data, surface)
    for k, j, i in np.argwhere(surface)[::97]:
        near = data[max(k - 1, 0) : k + 2, max(j - 1, 0) : j + 2, max(i - 1, 0) : i + 2].reshape(-1)
        counts = np.bincount(near[near != data[k, j, i]], minlength=5)
        assert target[k, j, i] == counts.argmax()


def test_a_corner_of_the_volume_and_the_only_crystal_voxel():
    data = np.ones((2, 2, 2), np.uint8)
    data[0, 0, 0] = CRYSTAL
    found = map_sensitivity(Labels(data, 1.0), MU, Directions.over_sphere(5))
    # Without the last crystal voxel there is no A.
    assert found.labels[0] == CRYSTAL and found.mean_changes[0] == 0
    assert len(found.voxels) == 4


def test_without_attenuation_no_edit_is_worth_anything(labels):
    for rays in (10**9, 500):
        found = map_sensitivity(labels, Coefficients(0, 0, 0, other=0), Directions.over_sphere(7), rays=rays)
        assert np.abs(found.mean_changes).max() < 1e-15 and not found.spread_changes.any()
        assert found.mean == pytest.approx(1.0, abs=1e-12)


def test_where_the_sample_lies_in_its_volume_does_not_matter(labels, found):
    moved = map_sensitivity(Labels(np.pad(labels.data, ((3, 1), (0, 4), (2, 0))), SIZE_UM), MU, SPHERE)
    inner = moved.mean_change[3:-1, :-4, 2:]
    np.testing.assert_allclose(inner, found.mean_change, rtol=1e-5)


def test_the_same_seed_gives_the_same_bytes_with_any_number_of_threads(labels):
    import numba

    most = numba.config.NUMBA_NUM_THREADS
    results = []
    for threads, seed in ((1, 4), (most, 4), (most, 5)):
        before = numba.get_num_threads()
        numba.set_num_threads(threads)
        try:
            results.append(map_sensitivity(labels, MU, SPHERE, rays=4000, seed=seed))
        finally:
            numba.set_num_threads(before)
    one, many, other = (r.mean_changes.tobytes() + r.spread_changes.tobytes() for r in results)
    assert one == many
    assert one != other


def test_progress_rises_and_cancels(labels):
    seen = []
    found = map_sensitivity(labels, MU, Directions.over_sphere(9), rays=2000, progress=lambda f, m: seen.append(f))
    assert seen == sorted(seen) and seen[-1] == 1.0
    step = found.provenance.steps[-1]
    assert step["step"] == "sensitivity" and step["rays"] == 2000 and found.provenance.seed == 0

    def stop(fraction, message):
        if fraction > 0:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        map_sensitivity(labels, MU, Directions.over_sphere(9), progress=stop)


def test_what_cannot_be_computed_is_refused(labels):
    with pytest.raises(InputError, match="no crystal"):
        map_sensitivity(Labels(np.ones((4, 4, 4), np.uint8), 1.0), MU, Directions.over_sphere(4))
    with pytest.raises(InputError, match="ray"):
        map_sensitivity(labels, MU, Directions.over_sphere(4), rays=0)


def test_memory_stays_a_few_bytes_a_voxel():
    import tracemalloc

    data = np.full((120, 130, 140), LIQUOR, np.uint8)
    data[60:70, 60:70, 60:70] = CRYSTAL
    labels = Labels(data, 1.0)
    map_sensitivity(labels, MU, Directions.over_sphere(5), rays=1000)
    tracemalloc.start()
    try:
        map_sensitivity(labels, MU, Directions.over_sphere(5), rays=1000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # A volume of the numbers of the surface voxels alone would be four.
    assert peak < 4 * data.size
