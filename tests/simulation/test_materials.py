import json

import numpy as np
import pytest

from napari_crystalseg.labels import Material
from napari_crystalseg.simulation.materials import draw_materials
from napari_crystalseg.xray import LiquorRecipe, refractive_index


@pytest.fixture(scope="module")
def drawn():
    return [draw_materials(np.random.default_rng(seed), 3.5, seed % 2 == 0) for seed in range(60)]


def test_the_ranges_are_those_of_real_samples(drawn):
    """Crystal over liquor 0.6 to 1.35 at 3.5 keV where it is set; liquors of 8 to 40 /mm."""
    per_mm = [1e3 * one.indices(3.5)[Material.LIQUOR].attenuation_per_um(3.5) for one in drawn]
    assert 8 < min(per_mm) < 13
    assert 18 < max(per_mm) < 40
    ratios = np.array([one.description["absorption_to_liquor"]["crystal"] for one in drawn])
    assert 0.5 < ratios.min() < 0.8
    assert 1.1 < ratios.max() < 1.4
    assert all(0 <= one.description["protein_sulphur_fraction"] <= 0.012 for one in drawn)


def test_recipes_can_be_read_again_and_give_the_liquor(drawn):
    for one in drawn[:20]:
        recipe = LiquorRecipe.parse(json.loads(json.dumps(one.description))["liquor"]["recipe"])
        again = recipe.substance().with_density(one.description["liquor"]["density_g_cm3"])
        liquor = one.indices(3.5)[Material.LIQUOR]
        # Amounts are written with six figures.
        assert refractive_index(again, 3.5).beta == pytest.approx(liquor.beta, rel=1e-4)


def test_scales_hold_at_the_energy_they_were_set_at(drawn):
    for one in drawn[:20]:
        indices = one.indices(3.5)
        for title, ratio in one.description["absorption_to_liquor"].items():
            material = Material[title.upper()]
            assert indices[material].beta / indices[Material.LIQUOR].beta == pytest.approx(ratio)


def test_others_are_of_every_kind(drawn):
    kinds = {one.description["other"] for one in drawn}
    assert kinds == {"none", "bubbles", "salt", "ice", "oil", "fluorinated oil"}
    for one in drawn:
        empty = one.indices(3.5)[Material.OTHER].beta == 0
        assert empty == (one.description["other"] in ("none", "bubbles"))
