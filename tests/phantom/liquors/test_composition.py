import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.phantom import Composition


def slab():
    """20 voxels of liquor of 2 µm along z between air below and crystal above."""
    data = np.zeros((40, 6, 5), dtype=np.uint8)
    data[10:30] = Material.LIQUOR
    data[30:] = Material.CRYSTAL
    return Labels(data, 2.0)


def test_gradient_is_even_and_keeps_the_mean():
    amount = Composition(gradient_per_um=(0.01, 0.0, 0.0)).relative(slab())
    liquor = slab().data == Material.LIQUOR
    assert amount[liquor].mean() == pytest.approx(1, abs=1e-6)
    steps = np.diff(amount[10:30, 2, 2])
    # The liquor's middle is the field's: its mean there is 1, and a voxel is 2 µm.
    np.testing.assert_allclose(steps, 0.02, rtol=1e-4)
    assert (amount[~liquor] == 0).all()


def test_skin_fades_from_the_air_alone():
    """Above a bulk of 1 the excess falls by exp(-2/6) a voxel, from the surface half a voxel before the first one."""
    amount = Composition(skin_excess=0.5, skin_um=6.0).relative(slab())[10:30, 2, 2]
    profile = 1 + 0.5 * np.exp(-(np.arange(20) + 0.5) * 2 / 6)
    np.testing.assert_allclose(amount, profile / profile.mean(), rtol=1e-5)


def test_impossible_compositions_are_refused():
    with pytest.raises(InputError, match="excess"):
        Composition(skin_excess=-2.0)
    with pytest.raises(InputError, match="thickness"):
        Composition(skin_um=0.0)
    for wrong in ({"gradient_per_um": (np.nan, 0, 0)}, {"skin_excess": np.nan}, {"skin_um": np.inf}):
        with pytest.raises(InputError, match=r"gradient is three|excess|thickness"):
            Composition(**wrong)
    with pytest.raises(InputError, match="gentler"):
        data = slab().data.copy()
        data[12:30] = Material.CRYSTAL
        Composition((1.0, 0.0, 0.0)).relative(Labels(data, 2.0))
    with pytest.raises(InputError, match="cubic"):
        Composition().relative(Labels(slab().data, (1.0, 1.0, 2.0)))
