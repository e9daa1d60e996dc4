"""Other volumes of a simulated case, for training: how else the same sample might have been reconstructed.

A network that has seen one reconstruction chain only fails on the next beamline's. The labels stay the same.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..draws import log_uniform
from ..labels import Labels, Material
from ..scan import Scan
from ..volume import Quantity, Volume

_FILTERS = ("ram-lak", "shepp-logan", "cosine", "hann")
_TV_ITERATIONS = 20  # far from converged, as reconstructions are left


def variations(seed: int, case: int, scan: Scan, labels: Labels) -> dict[str, Volume]:
    """Make the other volumes of a simulated case.

    Parameters
    ----------
    seed, case : int
        As the case was simulated with.
    scan : Scan
        Its scan.
    labels : Labels
        Its labels.

    Returns
    -------
    dict of str to Volume
        ``"varied"``, another reconstruction; ``"painted"``, flat voxel values; ``"phase"``, after phase retrieval; and
        ``"iterative"``, smooth within edges.
    """
    rng = np.random.default_rng([seed, case, 1])
    made = {"varied": vary_reconstruction(rng, scan), "painted": paint(rng, labels)}
    # Of a stream of its own: what came with later versions leaves the bytes of the others as they were.
    rng = np.random.default_rng([seed, case, 2])
    return made | {"phase": retrieve_phase(rng, scan), "iterative": smooth_within_edges(rng, scan)}


def vary_reconstruction(rng: np.random.Generator, scan: Scan) -> Volume:
    """Reconstruct a scan as another beamline might: other filter, fewer angles, phase retrieval, rings, 8 bits.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every draw.
    scan : Scan
        Simulated scan, with its true rotation centre and the refractive indices in its record.

    Returns
    -------
    Volume
        On the grid of the case's labels; its record tells what was drawn.
    """
    from dataclasses import replace

    from ..tomography import PLAIN, Recipe, reconstruct

    assert scan.rotation_centre_px is not None
    draws: dict[str, Any] = {
        "filter": str(rng.choice(_FILTERS)),
        "every": 2 if rng.random() < 0.25 else 1,
        "centre_error_px": float(rng.normal(0, 0.5)) if rng.random() < 0.5 else 0.0,
        "delta_beta": _delta_beta(scan) * log_uniform(rng, 0.2, 2) if rng.random() < 0.4 else None,
        "remove_rings": bool(rng.random() < 0.5),
        "smoothing_px": float(rng.uniform(0.4, 1.2)) if rng.random() < 0.3 else 0.0,
        "circle": bool(rng.random() < 0.3),
        "bits": 8 if rng.random() < 0.4 else 32,
    }
    every = draws["every"]
    thinned = replace(scan, projections=scan.projections[::every], angles_deg=scan.angles_deg[::every])
    volume = reconstruct(
        thinned,
        Recipe(
            scan.rotation_centre_px + draws["centre_error_px"],
            preprocessing=replace(
                PLAIN, delta_beta=draws["delta_beta"], remove_stripes="median" if draws["remove_rings"] else "none"
            ),
            filter_name=draws["filter"],
            method="fbp",
            extrapolation="hold",
        ),
    )
    data = np.array(volume.data)
    if draws["smoothing_px"]:
        from scipy.ndimage import gaussian_filter

        data = gaussian_filter(data, draws["smoothing_px"])
    if draws["bits"] == 8:
        data = _in_8_bits(rng, data)
    if draws["circle"]:
        y, x = (np.arange(n) - (n - 1) / 2 for n in data.shape[1:])
        data[:, np.hypot(y[:, None], x[None, :]) > min(data.shape[1:]) / 2] = data.min() if rng.random() < 0.5 else 0
    quantity = volume.quantity if draws["bits"] == 32 else Quantity.ARBITRARY
    return Volume(data, volume.voxel_size_um, quantity, volume.provenance.then("vary reconstruction", **draws))


def retrieve_phase(rng: np.random.Generator, scan: Scan) -> Volume:
    """Reconstruct a scan after phase retrieval (Paganin et al. 2002) with a δ/β up to three times off.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every draw.
    scan : Scan
        As in :func:`vary_reconstruction`.

    Returns
    -------
    Volume
        On the grid of the case's labels; its record tells what was drawn.
    """
    from dataclasses import replace

    from ..tomography import PLAIN, Recipe, reconstruct

    draws: dict[str, Any] = {
        "delta_beta": _delta_beta(scan) * log_uniform(rng, 0.3, 3),
        "bits": 8 if rng.random() < 0.3 else 32,
    }
    preprocessing = replace(PLAIN, delta_beta=draws["delta_beta"])
    volume = reconstruct(
        scan, Recipe(scan.rotation_centre_px, preprocessing=preprocessing, method="fbp", extrapolation="hold")
    )
    data = volume.data if draws["bits"] == 32 else _in_8_bits(rng, volume.data)
    quantity = volume.quantity if draws["bits"] == 32 else Quantity.ARBITRARY
    return Volume(data, volume.voxel_size_um, quantity, volume.provenance.then("retrieve phase", **draws))


def smooth_within_edges(rng: np.random.Generator, scan: Scan) -> Volume:
    """Reconstruct a scan and smooth it within edges, as an iterative reconstruction with total variation leaves it.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every draw.
    scan : Scan
        As in :func:`vary_reconstruction`.

    Returns
    -------
    Volume
        On the grid of the case's labels, none of it negative; its record tells what was drawn.
    """
    from dataclasses import replace

    from skimage.restoration import denoise_tv_chambolle

    from ..tomography import PLAIN, Recipe, reconstruct

    draws: dict[str, Any] = {
        "delta_beta": _delta_beta(scan) * log_uniform(rng, 0.3, 1) if rng.random() < 0.5 else None,
        "weight": log_uniform(rng, 0.05, 0.4),
        "bits": 8 if rng.random() < 0.3 else 32,
    }
    preprocessing = replace(PLAIN, delta_beta=draws["delta_beta"], remove_stripes="median")
    volume = reconstruct(
        scan,
        Recipe(
            scan.rotation_centre_px, preprocessing=preprocessing, filter_name="hann", method="fbp", extrapolation="hold"
        ),
    )
    data = np.clip(volume.data, 0, None)
    # In units of the sample: the weight of the variation is told beside it.
    unit = max(float(np.percentile(data, 99)), float(np.finfo(np.float32).tiny))
    data = denoise_tv_chambolle(data / unit, weight=draws["weight"], max_num_iter=_TV_ITERATIONS) * unit
    data = data.astype(np.float32) if draws["bits"] == 32 else _in_8_bits(rng, data)
    return Volume(
        data, volume.voxel_size_um, Quantity.ARBITRARY, volume.provenance.then("smooth within edges", **draws)
    )


def paint(rng: np.random.Generator, labels: Labels) -> Volume:
    """Paint labels as a good iterative reconstruction shows them: flat materials, soft edges, little noise.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every draw.
    labels : Labels
        Labels to paint.

    Returns
    -------
    Volume
        Voxel values in units of the liquor's; its record tells what was drawn.
    """
    from scipy.ndimage import gaussian_filter

    greys = np.zeros(len(Material), dtype=np.float32)
    greys[Material.LIQUOR] = 1.0
    greys[Material.CRYSTAL] = _draw_contrasting(rng, 0.55, 1.5)
    greys[Material.LOOP] = _draw_contrasting(rng, 0.25, 1.4)
    greys[Material.OTHER] = 0.0 if rng.random() < 0.6 else rng.uniform(1.3, 5.0)
    blur = float(rng.uniform(0.3, 1.2))
    data = gaussian_filter(greys[labels.data], blur)
    noise = rng.standard_normal(labels.shape, dtype=np.float32)
    grain = float(rng.uniform(0, 1.2))
    if grain > 0.4:
        noise = gaussian_filter(noise, grain)
        noise /= noise.std()
    level = log_uniform(rng, 0.01, 0.2)
    rim = float(rng.uniform(0, 1.5)) if rng.random() < 0.5 else 0.0
    data += rim * (data - gaussian_filter(data, rng.uniform(0.8, 2.5)))
    if rng.random() < 0.5:
        # Two or three levels of liquor: a slow gradient that only the liquor has.
        coarse = rng.normal(0, 0.15, (4, 4, 4)).astype(np.float32)
        data += _enlarged(coarse, labels.shape) * gaussian_filter((labels.data == Material.LIQUOR) * 1.0, blur)
    data = (data + level * noise).astype(np.float32)
    draws: dict[str, Any] = {
        "greys": [float(g) for g in greys],
        "blur_px": blur,
        "noise": level,
        "grain_px": grain,
        "rim": rim,
    }
    return Volume(data, labels.voxel_size_um, Quantity.ARBITRARY, labels.provenance.then("paint", **draws))


def _delta_beta(scan: Scan) -> float:
    """δ/β of the liquor that a scan was simulated with."""
    acquired = next(step for step in reversed(scan.provenance.steps) if step["step"] == "acquire")
    delta, beta = acquired["indices"][Material.LIQUOR.title]
    return float(delta / beta)


def _in_8_bits(rng: np.random.Generator, data: NDArray[np.float32]) -> NDArray[np.float32]:
    """Round to 256 levels between percentiles; what lies beyond is clipped."""
    low, high = np.percentile(data, (rng.uniform(0, 0.5), 100 - rng.uniform(0, 0.5)))
    levels: NDArray[np.float32] = np.round(np.clip((data - low) / (high - low), 0, 1) * 255).astype(np.float32)
    return levels


def _draw_contrasting(rng: np.random.Generator, low: float, high: float) -> float:
    """Draw a voxel value that differs from the liquor's 1 by 4 % at least: without contrast nothing is taught."""
    while True:
        value = float(rng.uniform(low, high))
        if abs(value - 1) > 0.04:
            return value


def _enlarged(coarse: NDArray[np.float32], shape: tuple[int, int, int]) -> NDArray[np.float32]:
    from scipy.ndimage import zoom

    enlarged: NDArray[np.float32] = zoom(coarse, [n / c for n, c in zip(shape, coarse.shape, strict=True)], order=1)
    return enlarged
