"""How long a volume taught by strokes takes, beside scikit-learn's forest asked of every voxel, and a click.

    python benchmarks/teaching.py [--size 256]

draws a crystal in its liquor on SIZE³ voxels, paints short strokes on three slices and prints the processor's seconds
and Dice of ``teach``, those of ``ExtraTreesClassifier.predict_proba`` on filters of every voxel of the same working
grid, their ratio, the seconds of a click, and the most memory that the process took.
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np
from scipy.ndimage import gaussian_filter
from sklearn.ensemble import ExtraTreesClassifier

from napari_crystalseg.review.teaching.appearance import Appearance
from napari_crystalseg.review.teaching.strokes import Strokes
from napari_crystalseg.review.teaching.teach import teach
from napari_crystalseg.review.tools.clicks.click import Click
from napari_crystalseg.review.tools.clicks.region_clicks import RegionClicks
from napari_crystalseg.segmentation.grids.working_grid import WorkingGrid
from napari_crystalseg.volume import Volume


def scene(size: int) -> tuple[np.ndarray, Volume, Strokes]:
    """Return labels (z, y, x), voxel values with noise, and strokes of three classes on three slices."""
    z, y, x = np.ogrid[:size, :size, :size]
    middle = size / 2
    truth = ((z - middle) ** 2 + (y - middle) ** 2 + (x - middle) ** 2 < (0.35 * size) ** 2).astype(np.uint8)
    low, high = int(0.33 * size), int(0.66 * size)
    truth[low:high, low:high, low:high] = 3
    values = gaussian_filter(np.array([0.0, 0.5, 0, 0.8], np.float32)[truth], 1.0)
    values += 0.1 * np.random.default_rng(0).standard_normal(truth.shape).astype(np.float32)
    painted = np.full(truth.shape, 255, dtype=np.uint8)
    for share in (0.4, 0.5, 0.6):
        for across in (0.02, 0.2, 0.4, 0.5, 0.6, 0.8):
            at = (int(share * size), int(across * size), slice(int(0.46 * size), int(0.54 * size)))
            painted[at] = truth[at]
    return truth, Volume(values, 1.0), Strokes.painted(painted)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=256)
    size = parser.parse_args().size
    small, volume, strokes = scene(32)
    teach(volume, strokes)  # compiles
    RegionClicks().propose(small, volume, [Click((16, 8, 16))])
    truth, volume, strokes = scene(size)
    start = time.process_time()
    found = teach(volume, strokes)
    own = time.process_time() - start
    dice = 2 * np.count_nonzero((found.labels == 3) & (truth == 3))
    dice /= np.count_nonzero(found.labels == 3) + np.count_nonzero(truth == 3)
    grid = WorkingGrid.of(volume.shape, (1.0, 1.0, 1.0), 128)
    appearance = Appearance.of(grid.average(volume.data))
    places = np.unique((strokes.indices * grid.working_shape[0]) // size, axis=0)
    labels = grid.majority(truth, 5)[tuple(places.T)]
    everywhere = np.indices(grid.working_shape, dtype=np.int32).reshape(3, -1).T
    start = time.process_time()
    peer = ExtraTreesClassifier(50, min_samples_leaf=3, max_features=None, random_state=0)
    peer.fit(appearance.at(places), labels)
    for first in range(0, len(everywhere), 2**18):
        peer.predict_proba(appearance.at(everywhere[first : first + 2**18]))
    other = time.process_time() - start
    wrong = truth.copy()
    wrong[truth.shape[0] // 2 :, : size // 2][wrong[truth.shape[0] // 2 :, : size // 2] == 3] = 1
    start = time.process_time()
    RegionClicks().propose(wrong, volume, [Click((int(0.58 * size), int(0.41 * size), size // 2))])
    click = time.process_time() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{size}³: teach {own:.1f} s, crystal Dice {dice:.3f}; forest of scikit-learn {other:.1f} s")
    print(f"ratio {own / other:.2f}; a click {click:.2f} s; most memory of all {memory:.1f} GiB")


if __name__ == "__main__":
    main()
