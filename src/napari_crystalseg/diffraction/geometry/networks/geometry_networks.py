"""The bundled networks: beam centre and tilt of an image, and whether its background lets them say so."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....errors import InputError, shortened
from ....io import check_input
from ....texts.json_text import parse_json
from .network_image import NetworkImage
from .training import TARGETS

if TYPE_CHECKING:
    from torch import nn

BUNDLED = Path(__file__).resolve().parents[3] / "models" / "geometry"


@dataclass(frozen=True, eq=False)
class NetworkAnswer:
    """What the networks say of an image.

    Parameters
    ----------
    beam_centre_px : (float, float)
        (fast, slow); the mean over the image and its mirror images.
    spread_px : (float, float)
        Standard deviation over these, a lower bound of the error.
    pitch_deg, yaw_deg : float
        Tilt, as in :class:`DetectorGeometry`.
    """

    beam_centre_px: tuple[float, float]
    spread_px: tuple[float, float]
    pitch_deg: float
    yaw_deg: float


class GeometryNetworks:
    """Networks for beam centre and tilt in a folder, as ``crystalseg diffraction geometry train`` writes it.

    Parameters
    ----------
    folder : path, optional
        The bundled ones by default.

    Raises
    ------
    InputError
        The folder is not there, incomplete, or damaged.
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        self.folder = Path(BUNDLED if folder is None else folder)
        self.card = _card(self.folder)
        self._networks = {name: _network(self.folder, name, self.card) for name in TARGETS}

    @property
    def typical_error(self) -> float:
        """Median error of the centre on simulated images that training did not see, as a part of the longer side."""
        figures = self.card.get("figures", {})
        return float(figures.get("centre_median_part", 0.05))

    def values_of(self, shown: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return what the networks say of images on the grid.

        Parameters
        ----------
        shown : ndarray of float32, shape (n, grid, grid)
            As :func:`standardised` makes them.

        Returns
        -------
        centre : ndarray, shape (n, 4, 2)
            In half widths of the grid from its middle, (fast, slow), of each image and its three mirror images.
        tilt : ndarray, shape (n, 4, 2)
            (Pitch, yaw) of the same, degrees.
        """
        import torch

        centre, tilt = [], []
        with torch.inference_mode():
            for across, down in ((1, 1), (-1, 1), (1, -1), (-1, -1)):
                seen = torch.from_numpy(np.ascontiguousarray(shown[:, np.newaxis, ::down, ::across]))
                sign = np.array([across, down])
                centre.append(self._networks["centre"](seen).double().numpy() * sign)
                tilt.append(self._networks["tilt"](seen).double().numpy() * sign[::-1])
        largest = float(self.card["largest_tilt_deg"])
        return np.stack(centre, axis=1), np.stack(tilt, axis=1) * largest

    def answer(self, counts: NDArray[np.float32], mask: NDArray[np.bool_]) -> NetworkAnswer:
        """Return beam centre and tilt of an image, counts and mask of shape (slow, fast)."""
        image = NetworkImage.of(counts, mask, int(self.card["grid"]))
        centre, tilt = self.values_of(image.values[np.newaxis])
        places = image.pixel_of(centre[0])
        mean, spread = places.mean(axis=0), places.std(axis=0, ddof=1)
        pitch, yaw = tilt[0].mean(axis=0)
        return NetworkAnswer(
            (float(mean[0]), float(mean[1])), (float(spread[0]), float(spread[1])), float(pitch), float(yaw)
        )


@cache
def bundled_networks() -> GeometryNetworks:
    """The networks that come with the package, loaded once."""
    return GeometryNetworks()


def _card(folder: Path) -> dict[str, Any]:
    check_input(folder)
    try:
        card = parse_json((folder / "card.json").read_text(encoding="utf-8"))
        whole = isinstance(card, dict) and all(
            isinstance(card.get(key), kind)
            for key, kind in (("grid", int), ("largest_tilt_deg", float), ("training", dict))
        )
    except (OSError, ValueError) as error:
        raise InputError(
            f"{folder} is no folder of networks for the geometry: its card.json cannot be read ({shortened(error)})."
        ) from None
    if not whole:
        raise InputError(f"The card.json of {folder} is not that of networks for the geometry.")
    return dict(card)


def _network(folder: Path, name: str, card: dict[str, Any]) -> nn.Module:
    import torch

    from .resnet import resnet

    how = card["training"]
    try:
        size = int(how["depth"]), int(how["width"])
        network = resnet(*size, TARGETS[name], groups=bool(how["groups"]), pooled=int(how["pooled"]))
        weights = torch.load(folder / f"{name}.pt", map_location="cpu", weights_only=True)
        network.load_state_dict(
            {key: value.float() if value.is_floating_point() else value for key, value in weights.items()}
        )
    except InputError:
        raise
    except Exception as error:
        raise InputError(
            f"The weights {name}.pt of {folder} are absent, damaged, or of another network ({shortened(error)})."
        ) from None
    return network.eval()
