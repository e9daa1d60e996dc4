"""What a script finds at the top level of the package."""

import subprocess
import sys

import pytest

import napari_crystalseg


@pytest.mark.parametrize("name", napari_crystalseg.__all__)
def test_every_name_is_there_and_says_what_it_is(name):
    assert getattr(napari_crystalseg, name).__doc__


def test_the_package_and_its_nouns_load_no_heavy_library():
    program = (
        "import sys, napari_crystalseg; assert 'numpy' not in sys.modules, 'numpy'\n"
        "from napari_crystalseg import Coefficients, Directions, Factors, Labels, Scan, Volume, open_file\n"
        "print([name for name in ('torch', 'nnunetv2', 'numba', 'pandas', 'matplotlib', 'napari', 'qtpy')"
        " if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_a_script_needs_nothing_else(tmp_path):
    """Volume, labels, factors and tables from the front door alone: a cube of known absorption in air."""
    import numpy as np

    from napari_crystalseg import Coefficients, Directions, Labels, Material, absorb, open_labels, save_labels

    cube = np.zeros((24, 24, 24), dtype=np.uint8)
    cube[7:17, 7:17, 7:17] = Material.CRYSTAL
    save_labels(Labels(cube, 2.0), tmp_path / "labels.tif")
    factors = absorb(
        open_labels(tmp_path / "labels.tif"),
        Coefficients(liquor=0.0, loop=0.0, crystal=0.01),
        Directions.over_sphere(20),
    )
    # In along one ray and out along another, of which both are shorter than the diagonal of 20 µm.
    assert np.all(factors.absorption < 1) and np.all(factors.absorption > np.exp(-0.01 * 2 * 20 * 3**0.5))
