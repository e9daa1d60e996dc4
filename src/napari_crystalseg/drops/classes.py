"""Classes of micrographs, as CHiMP tells them, and the ten labels of experts that they are made of."""

from __future__ import annotations

DROP_CLASSES = ("clear", "crystals", "other", "precipitate")
"""In the order of the outputs of CHiMP's networks, which is that of the alphabet."""

CLASS_OF_LABEL = {
    "clear": "clear",
    "contaminated": "other",
    "light precipitate": "precipitate",
    "heavy precipitate": "precipitate",
    "phase separation": "other",
    "spherulites": "other",
    "microcrystals": "crystals",
    "1d crystals": "crystals",
    "2d crystals": "crystals",
    "3d crystals": "crystals",
}
"""Class of each label that experts give in VMXi's records, in the order of its numbers 0 to 9 (table 1 of CHiMP)."""
