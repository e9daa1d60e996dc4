"""Draw docs/images/drops-simulated.png: simulated drops of each class, and the outlines of those with crystals.

python scripts/drops_figure.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import binary_erosion

from napari_crystalseg.drops.classes import DROP_CLASSES
from napari_crystalseg.drops.objects import DROP
from napari_crystalseg.simulation.drops import DropConditions, SimulatedDrop, simulated_drop

OUT = Path(__file__).parents[1] / "docs" / "images" / "drops-simulated.png"
SEED, COLUMNS, SIDE_PX = 5, 6, 192
COLOURS = {"drop": (40, 150, 255), "crystal": (255, 60, 40)}


def main() -> None:
    conditions = DropConditions(shape=(SIDE_PX, SIDE_PX), dark_field=0.0, noise_electrons=(5e3, 5e4))
    rows = []
    for place, name in enumerate(DROP_CLASSES):
        # Other vessels in each row.
        drops = [simulated_drop(SEED, COLUMNS * place + one, conditions, name) for one in range(COLUMNS)]
        rows.append([drop.image.values for drop in drops])
        if name == "crystals":
            rows.append([outlined(drop) for drop in drops])
    framed = [np.hstack([np.pad(one, ((1, 1), (1, 1), (0, 0))) for one in row]) for row in rows]
    sheet = Image.fromarray(np.vstack(framed))
    # Noise packs badly: 256 colours are enough, among them those of the outlines.
    sheet.quantize(256, Image.Quantize.FASTOCTREE).save(OUT, optimize=True)


def outlined(drop: SimulatedDrop) -> NDArray[np.uint8]:
    """The image with a line along the inner edge of each outline."""
    values = drop.image.values.copy()
    for one in sorted(drop.objects.objects, key=lambda mark: mark.kind != DROP):
        whole = one.whole_mask(drop.image.shape)
        values[whole & ~binary_erosion(whole, border_value=1)] = COLOURS[one.kind]
    return values


if __name__ == "__main__":
    main()
