"""The random stream: what a seed draws must stay as it was, or no series could go on and no case be made again."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest

from napari_crystalseg.simulation.conditions import draw_conditions, draw_pixel_size_um
from napari_crystalseg.simulation.materials import draw_materials
from napari_crystalseg.simulation.priors import PRESETS


def digest(record) -> str:
    """Hash of JSON values to nine digits: the last ones of logarithms differ from one processor to the next."""

    def rounded(value):
        if isinstance(value, dict):
            return {key: rounded(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [rounded(one) for one in value]
        return f"{value:.9g}" if isinstance(value, float) else value

    return hashlib.sha256(json.dumps(rounded(record), sort_keys=True).encode()).hexdigest()[:16]


def listed(indices):
    return {material.title: [index.delta, index.beta] for material, index in sorted(indices.items())}


@pytest.mark.parametrize(
    ("preset", "other", "seed", "expected"),
    [
        ("typical", "none", 0, "a5e6c4a8462b6c8a"),
        ("typical", "bubbles", 1, "27925e93296a1d3b"),
        ("typical", "salt", 2, "3228c705ece57354"),
        ("wide", "none", 3, "ca6142fccc3e52ee"),
        ("wide", "unknown", 4, "44d4d76c08187093"),
        ("wide", "salt", 5, "7480e9a06cbb0de3"),
        ("realism", "none", 6, "7c69728c82023038"),
        ("realism", "bubbles", 7, "139c65ec9f957994"),
        ("realism", "salt", 8, "1f46dee574244ced"),
        ("realism", "unknown", 9, "b17712ad6e906106"),
    ],
)
def test_a_seed_keeps_its_conditions(preset, other, seed, expected):
    priors = PRESETS[preset]
    rng = np.random.default_rng([seed, 1])
    pixel_size_um = draw_pixel_size_um(rng, 64)
    drawn = draw_conditions(rng, 64, pixel_size_um, other, None, priors.conditions, priors.materials)
    record = {
        "indices": listed(drawn.indices),
        "harmonic_indices": listed(drawn.harmonic_indices),
        "acquisition": drawn.acquisition.to_dict(),
        "angles_deg": drawn.acquisition.angles.tolist(),
        "description": drawn.description,
        "materials": drawn.materials,
        "next_draw": int(rng.integers(2**31)),
    }
    assert digest(record) == expected


@pytest.mark.parametrize(
    ("seed", "has_other", "expected"),
    [(0, True, "e670c80efc7e3b71"), (1, False, "4e9bc8eb8d841c5a")],
)
def test_a_seed_keeps_the_materials_of_a_variant(seed, has_other, expected):
    rng = np.random.default_rng(seed)
    drawn = draw_materials(rng, 3.5, has_other)
    record = {
        "description": drawn.description,
        "indices": listed(drawn.indices(10.5)),
        "next_draw": int(rng.integers(2**31)),
    }
    assert digest(record) == expected
