"""Experiments and reflection tables as DIALS writes them, made of a few numbers, and a sample without symmetry."""

from __future__ import annotations

import json

import numpy as np

from helpers.packed_table import packed
from napari_crystalseg.absorption import Coefficients, Directions, absorb
from napari_crystalseg.labels import Labels

MU = Coefficients(crystal=0.02, liquor=0.01, loop=0.008)
EYE = np.eye(3).ravel().tolist()
PANEL = {
    "fast_axis": [1.0, 0, 0],
    "slow_axis": [0, -1.0, 0],
    "origin": [-200.0, 200.0, -200.0],
    "pixel_size": [0.1, 0.1],
}


def lopsided():
    """A crystal in a drop with a piece of loop, no two views of it alike; voxels of 2 µm."""
    data = np.zeros((20, 30, 40), "u1")
    data[4:16, 6:24, 8:32], data[6:14, 9:20, 12:28], data[:, 2:4, 18:22] = 1, 3, 2
    return Labels(data, 2.0)


def sweep(name="a", wavelength=2.0, axis=(1.0, 0, 0), fixed=EYE, setting=EYE, start=0.0, source=(0.0, 0, 1)):
    return {
        "name": name,
        "beam": {"direction": list(source), "wavelength": wavelength},
        "goniometer": {
            "rotation_axis": list(axis),
            "fixed_rotation": np.ravel(fixed).tolist(),
            "setting_rotation": np.ravel(setting).tolist(),
        },
        "scan": {"image_range": [1, 1800], "oscillation": [start, 0.1]},
    }


def save_experiment(path, *sweeps, panel=PANEL):
    parts = {key: [s[key] for s in sweeps] for key in ("beam", "goniometer", "scan")}
    entries = [
        {"identifier": s["name"], "detector": 0, "beam": i, "goniometer": i, "scan": i} for i, s in enumerate(sweeps)
    ]
    path.write_text(json.dumps({"experiment": entries, "detector": [{"panels": [panel]}], **parts}))
    return path


def rows(n=60, seed=0, number=0, wavelength=2.0, start=0.0):
    rng = np.random.default_rng(seed)
    xy, phi = rng.uniform(20, 380, (n, 2)), np.deg2rad(start) + rng.uniform(0, np.pi, n)
    place = np.array(PANEL["origin"]) + xy[:, :1] * [1.0, 0, 0] + xy[:, 1:] * [0, -1.0, 0]
    mm, px = np.c_[xy, phi], np.c_[xy / 0.1, np.degrees(phi) / 0.1 - start / 0.1]
    return {
        "id": np.full(n, number),
        "panel": np.zeros(n),
        "xyzcal.mm": mm,
        "xyzobs.mm.value": mm.copy(),
        "xyzcal.px": px,
        "xyzobs.px.value": px.copy(),
        "s1": place / np.linalg.norm(place, axis=1)[:, None] / wavelength,
    }


def joined(*tables):
    return {key: np.concatenate([table[key] for table in tables]) for key in tables[0]}


def save_table(path, columns, names):
    path.write_bytes(packed(columns, names))
    return path


def directions(folder, sweeps, columns, names=None, panel=PANEL, **options):
    """Directions of files made of sweeps and columns."""
    experiment = save_experiment(folder / "x.expt", *sweeps, panel=panel)
    names = {i: s["name"] for i, s in enumerate(sweeps)} if names is None else names
    return Directions.of_files(experiment, save_table(folder / "x.refl", columns, names), **options)


def factors(found):
    return absorb(lopsided(), MU, found, tolerance=0).absorption
