"""Draw docs/images/diffraction-hits.png: one shot at three fluxes, with the spots that are found and the odds.

python scripts/hits_figure.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from napari_crystalseg.diffraction.hits import PeakCountHitFinder
from napari_crystalseg.diffraction.hits.evaluation.evaluate_finders import FLUXES
from napari_crystalseg.diffraction.hits.examples.hit_conditions import HitConditions
from napari_crystalseg.diffraction.hits.examples.hit_example import simulate_example

OUT = Path(__file__).parents[1] / "docs" / "images" / "diffraction-hits.png"


def main() -> None:
    example = simulate_example(HitConditions(), 900_002)
    figure = Figure(figsize=(9, 6.6), layout="constrained")
    axes = figure.subplots(2, 3)
    for column, flux in enumerate(FLUXES):
        for row, (kind, image) in enumerate((("crystal", example.hit(1, flux)), ("none", example.miss(2, flux)))):
            found = PeakCountHitFinder().find(image, None, example.panel)
            axis = axes[row, column]
            shown = np.where(image < 0, np.nan, image)
            axis.imshow(shown, cmap="gray_r", vmin=0, vmax=max(2.0, 8 * float(np.nanmean(shown))))
            places = found.spots.centroid_px - 0.5
            axis.plot(places[:, 0], places[:, 1], "o", mfc="none", mec="tab:red", ms=7, mew=0.8)
            axis.set_xticks([])
            axis.set_yticks([])
            axis.set_title(f"{kind}, flux × {flux:g}: {found.n_spots} spots, p = {found.probability:.3f}", fontsize=8)
    figure.savefig(OUT, dpi=70)
    # Noise packs badly: few greys are enough.
    Image.open(OUT).convert("P", palette=Image.Palette.ADAPTIVE, colors=32).save(OUT, optimize=True)


if __name__ == "__main__":
    main()
