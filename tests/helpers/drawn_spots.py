"""Images with spots at known places: Gaussian spots on a background, with the noise of counts."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from napari_crystalseg.experiment import Panel

PIXEL_MM = 0.172


def flat_panel(shape, distance_mm=200.0, pixel_mm=PIXEL_MM):
    """A panel at right angles to the beam, which meets it in its middle."""
    height, width = shape[0] * pixel_mm, shape[1] * pixel_mm
    return Panel(
        np.array([-width / 2, height / 2, -distance_mm]),
        np.array([1.0, 0, 0]),
        np.array([0, -1.0, 0]),
        np.full(2, pixel_mm),
        image_size_px=np.array([shape[1], shape[0]], dtype=float),
    )


def expected_spots(shape, centres_px, photons, width_px=0.8):
    """Mean counts of Gaussian spots about (fast, slow), integrated over pixels."""
    mean = np.zeros(shape)
    edges = [np.arange(size + 1) for size in shape]
    for (x, y), total in zip(centres_px, np.broadcast_to(photons, len(centres_px)), strict=True):
        along = np.diff(ndtr((edges[1] - x) / width_px))
        down = np.diff(ndtr((edges[0] - y) / width_px))
        mean += total * np.outer(down, along)
    return mean


def scattered(shape, number, seed, margin=12, apart=14):
    """Places of spots that lie apart from each other, (fast, slow), pixels."""
    random = np.random.default_rng(seed)
    places = []
    while len(places) < number:
        place = random.uniform(margin, np.array(shape[::-1]) - margin)
        if all(np.hypot(*(place - other)) > apart for other in places):
            places.append(place)
    return np.array(places)


def matched(found_px, true_px, within_px=2.0):
    """Precision and recall: pairs of nearest spots, each used once, that are within a distance."""
    if not len(found_px) or not len(true_px):
        return (float("nan") if not len(found_px) else 0.0), (float("nan") if not len(true_px) else 0.0)
    from scipy.optimize import linear_sum_assignment

    distance = np.linalg.norm(np.asarray(found_px)[:, None] - np.asarray(true_px)[None], axis=2)
    pairs = linear_sum_assignment(np.minimum(distance, 10 * within_px))
    good = int((distance[pairs] <= within_px).sum())
    return good / len(found_px), good / len(true_px)
