from dataclasses import replace

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Material
from napari_crystalseg.phantom import CapillaryLiquor, draw_sample
from napari_crystalseg.phantom.drawing.liquor_surface import draw_composition
from napari_crystalseg.phantom.drawing.sample_priors import TYPICAL
from napari_crystalseg.phantom.liquors.blender_liquor import BlenderLiquor
from napari_crystalseg.phantom.liquors.liquor import Liquor
from napari_crystalseg.phantom.shape_record import shape_record

FIELD_UM = 100.0
WAVES = np.zeros((0, 5))
CAPILLARY = replace(TYPICAL, liquor=(0.0, 1.0, 0.0, 0.0), liquor_surface="capillary", crystal_angle_deg=(20.0, 40.0))
DRAPED = replace(CAPILLARY, liquor_surface="draped")


def drawn(priors, seed=1):
    rng = np.random.default_rng(seed)
    return draw_sample(rng, FIELD_UM, None, priors), rng.random()


@pytest.mark.parametrize("seed", [1, 2])
def test_only_the_liquor_changes(seed):
    (draped, after), (settled, then) = drawn(DRAPED, seed), drawn(CAPILLARY, seed)
    assert then == after
    records = [shape_record(sample) for sample in (draped, settled)]
    for record in records:
        del record["liquor"]
    assert records[0] == records[1]
    liquor = settled.liquor
    assert isinstance(liquor, CapillaryLiquor)
    assert 20 <= liquor.crystal_angle_deg <= 40 and 10 <= liquor.mount_angle_deg <= 70
    assert liquor.semi_axes_um == draped.liquor.semi_axes_um
    assert settled.description | draped.description == settled.description
    assert settled.description["liquor_volume_um3"] == liquor.volume_um3


def test_blender_is_given_the_same_drop():
    """Blender itself is asked when voxels are filled."""
    settled, poured = (drawn(replace(CAPILLARY, liquor_surface=surface))[0] for surface in ("capillary", "blender"))
    assert isinstance(poured.liquor, BlenderLiquor)
    for name in ("volume_um3", "semi_axes_um"):
        assert getattr(poured.liquor, name) == getattr(settled.liquor, name)
    np.testing.assert_array_equal(poured.liquor.centre_um, settled.liquor.centre_um)
    np.testing.assert_array_equal(poured.liquor.rotation, settled.liquor.rotation)
    assert poured.description["liquor_surface"] == "blender" and "crystal_angle_deg" not in poured.description


def test_the_volume_is_that_of_the_draped_liquor():
    volumes = []
    for priors in (DRAPED, CAPILLARY):
        labels = drawn(replace(priors, other=(1.0, 0.0, 0.0)))[0].voxelise((56,) * 3, FIELD_UM / 56)
        volumes.append(np.count_nonzero(labels.data == Material.LIQUOR))
    assert volumes[1] == pytest.approx(volumes[0], rel=0.02)


@pytest.mark.parametrize("seed", range(4))
def test_films_stay_draped(seed):
    """Surface tension would draw a film together."""
    bare = {"liquor": (0.0, 0.0, 0.0, 1.0)}
    (draped, _), (settled, _) = (drawn(replace(priors, **bare), seed) for priors in (DRAPED, CAPILLARY))
    assert shape_record(settled) == shape_record(draped)
    assert settled.description["liquor_surface"] == "draped"


def test_a_film_covers_the_crystal_beside_the_drop():
    """Angles and volume stay; the film is as told, and is thinned where it would take most of the liquor."""
    films = replace(CAPILLARY, film=1.0, film_thickness=(0.02, 0.02))
    bare, filmed = drawn(CAPILLARY)[0], drawn(films)[0]
    assert filmed.liquor.crystal_film_um == filmed.liquor.mount_film_um == filmed.description["film_um"]
    assert np.log2(2.0 / filmed.description["film_um"]) in range(8)
    for name in ("volume_um3", "crystal_angle_deg", "mount_angle_deg"):
        assert getattr(filmed.liquor, name) == getattr(bare.liquor, name)
    thick = drawn(replace(films, film_thickness=(0.3, 0.3)))[0]
    in_film = 0.0
    for sign, film_um in ((1, thick.description["film_um"]), (-1, 0.0)):
        only = Liquor(None, np.eye(3), np.zeros(3), film_um, film_um, 0.0, WAVES)
        in_film += sign * replace(thick, liquor=only).liquor_volume_um3(FIELD_UM)[0]
    assert 0.01 * thick.liquor.volume_um3 < in_film <= 0.3 * thick.liquor.volume_um3
    labels = filmed.voxelise((48,) * 3, FIELD_UM / 48)
    assert (labels.data == Material.LIQUOR).any()


def test_bubbles_can_be_whole():
    """Every bubble is a ball of class other with liquor all round it: none opens into the air."""
    bubbly = replace(CAPILLARY, other=(0.0, 1.0, 0.0), bubble_radius=(0.04, 0.05))
    cut, whole = drawn(bubbly)[0], drawn(replace(bubbly, whole_bubbles=1.0))[0]
    assert 1 <= len(whole.bubbles) <= len(cut.bubbles)
    assert set(whole.bubbles[:, 3]) <= set(cut.bubbles[:, 3])
    labels = whole.voxelise((64,) * 3, FIELD_UM / 64)
    balls = 4 / 3 * np.pi * (whole.bubbles[:, 3] ** 3).sum()
    assert labels.volumes_um3()[Material.OTHER] == pytest.approx(balls, rel=0.06)
    gas = labels.data == Material.OTHER
    for axis in range(3):
        for way in (1, -1):
            assert set(np.unique(labels.data[np.roll(gas, way, axis)])) <= {Material.LIQUOR, Material.OTHER}


def test_unknown_surfaces_are_refused():
    with pytest.raises(InputError, match=r"liquor_surface must be one of draped, capillary, blender, not 'flat'"):
        replace(TYPICAL, liquor_surface="flat")


def test_compositions_lie_in_their_ranges():
    priors = replace(TYPICAL, gradient=0.3, skin=0.15, gradient_change=(0.1, 0.2), skin_excess=(0.5, 0.6))
    rng = np.random.default_rng(0)
    made = [draw_composition(rng, priors, FIELD_UM) for _ in range(400)]
    slopes = np.array([np.linalg.norm(one.gradient_per_um) for one in made if one and any(one.gradient_per_um)])
    skins = [one for one in made if one and one.skin_excess]
    # Three standard deviations of the counts.
    assert len(slopes) == pytest.approx(120, abs=28) and len(skins) == pytest.approx(60, abs=22)
    assert slopes.min() >= 0.1 / FIELD_UM and slopes.max() <= 0.2 / FIELD_UM
    assert all(0.5 <= one.skin_excess <= 0.6 and 0.8 <= one.skin_um <= 4.0 for one in skins)
    assert drawn(TYPICAL)[0].composition is None
