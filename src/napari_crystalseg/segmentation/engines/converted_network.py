"""Networks as OpenVINO has them, kept among the user's cached files so that each is converted once."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .openvino_core import openvino_core

if TYPE_CHECKING:
    import torch

_GRAPH, _WEIGHTS = "network.xml", "network.bin"
_EXAMPLE_VOXELS = 48


class ConvertedNetworks:
    """A folder of converted networks.

    Where it cannot be written, networks are converted each time; a file that is damaged is made anew.

    Parameters
    ----------
    folder : path, optional
        The folder; by default one among the user's cached files.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = users_folder() if folder is None else folder

    def path(self, key: str, precision: str) -> Path:
        """Where a network is kept: named by a hash of its weights, the version of OpenVINO and the precision."""
        import openvino

        version = openvino.__version__.split("-")[0]
        return self._folder / f"{key}-{version}-{precision}.zip"

    def graph_of(self, key: str, precision: str, network: Callable[[], torch.nn.Module], channels: int) -> Any:
        """Read a converted network, or convert it and keep it.

        Parameters
        ----------
        key : str
            Hash of its weights and layers.
        precision : str
            What it will be run in.
        network : callable
            Gives the network, which maps (n, channel, z, y, x) to (n, class, z, y, x); asked only where it is to be
            converted.
        channels : int
            Channels of its input.

        Returns
        -------
        openvino.Model
            With all lengths but the channels left open.
        """
        path = self.path(key, precision)
        graph = _read(path)
        if graph is None:
            graph = _converted(network(), channels)
            with suppress(Exception):  # whatever a folder that cannot be written says
                self._keep(graph, path, key)
        return graph

    def _keep(self, graph: Any, path: Path, key: str) -> None:
        from ...io.files.atomic import replacing

        with replacing(path) as partial:
            partial.write_bytes(_packed(graph))
        # Those of other versions of OpenVINO are not read again.
        for other in self._folder.glob(f"{key}-*.zip"):
            if other.name.split("-")[1] != path.name.split("-")[1]:
                other.unlink(missing_ok=True)


def users_folder() -> Path:
    """Folder among the user's cached files."""
    import platformdirs

    return Path(platformdirs.user_cache_path("napari-crystalseg")) / "openvino"


def _read(path: Path) -> Any | None:
    """The network of a file; None where there is none, or not a whole one."""
    core = openvino_core()
    try:
        # Its check sums tell a file that is damaged.
        with zipfile.ZipFile(path) as archive:
            graph, weights = archive.read(_GRAPH), archive.read(_WEIGHTS)
        return core.read_model(model=graph, weights=weights)
    except Exception:  # OpenVINO raises RuntimeError for all, zipfile several kinds
        return None


def _packed(graph: Any) -> bytes:
    import tempfile

    import openvino

    with tempfile.TemporaryDirectory() as folder:
        openvino.save_model(graph, str(Path(folder) / _GRAPH), compress_to_fp16=False)
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            for name in (_GRAPH, _WEIGHTS):
                archive.write(Path(folder) / name, name)
        return stream.getvalue()


def _converted(network: torch.nn.Module, channels: int) -> Any:
    """Trace a network and convert what was traced; OpenVINO's own ``convert_model`` would tell its maker of it."""
    import warnings

    import torch
    from openvino import PartialShape
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    depth = 1 if getattr(network, "sees_slices", False) else _EXAMPLE_VOXELS
    example = torch.zeros((1, channels, depth, _EXAMPLE_VOXELS, _EXAMPLE_VOXELS))
    with torch.inference_mode(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        decoder = TorchScriptPythonDecoder(torch.jit.trace(network, example, check_trace=False, strict=False))
        frontend = FrontEndManager().load_by_framework("pytorch")
        read = frontend.load(decoder)
        graph = frontend.convert(read)
    graph.reshape({0: PartialShape([-1, channels, -1, -1, -1])})
    return graph
