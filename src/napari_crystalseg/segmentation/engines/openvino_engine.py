"""OpenVINO as the engine: several times as quick as PyTorch on a processor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .converted_network import ConvertedNetworks
from .engine import Engine
from .openvino_core import openvino_core
from .torch_engine import processor_has_bf16, shown_by

if TYPE_CHECKING:
    import torch


class OpenVinoEngine(Engine):
    """A network run by OpenVINO on the processor, in as many threads as PyTorch has.

    What a network makes of voxel values before it is asked (:meth:`shown`) stays with PyTorch: it may hold Fourier
    transforms, which are not converted.

    Parameters
    ----------
    network : torch.nn.Module
        Maps (n, channel, z, y, x) to (n, class, z, y, x).
    key : str
        Hash of its weights and layers, under which the converted network is kept.
    channels : int
        Channels of what it sees.
    low_precision : bool, optional
        bf16; by default where the processor has instructions for it.
    cache : path, optional
        Folder of converted networks; by default one among the user's cached files.

    Raises
    ------
    ImportError
        OpenVINO is not installed.
    RuntimeError
        The network has layers that OpenVINO does not know.
    """

    def __init__(
        self,
        network: torch.nn.Module,
        key: str,
        channels: int = 1,
        low_precision: bool | None = None,
        cache: Path | None = None,
    ) -> None:
        import openvino
        import torch

        from ..networks.channel_network import ChannelNetwork

        self.device = torch.device("cpu")
        precision = "bf16" if (processor_has_bf16() if low_precision is None else low_precision) else "f32"
        self.name = f"openvino {openvino.__version__.split('-')[0]}, cpu, {precision}"
        self._network = network
        with torch.inference_mode():
            edge = torch.zeros((1, channels, 1, 16, 16), device="meta")
            seen = shown_by(network, edge).shape[1]
        graph = ConvertedNetworks(cache).graph_of(key, precision, lambda: ChannelNetwork(network), seen)
        options = {
            "INFERENCE_PRECISION_HINT": precision,
            "INFERENCE_NUM_THREADS": torch.get_num_threads(),
            "PERFORMANCE_HINT": "LATENCY",
            # Others work on the same cores.
            "ENABLE_CPU_PINNING": False,
        }
        self._compiled = openvino_core().compile_model(graph, "CPU", options)

    def shown(self, batch: torch.Tensor) -> torch.Tensor:
        import torch

        with torch.inference_mode():
            return shown_by(self._network, batch.to(self.device))

    def scores_of(self, shown: torch.Tensor) -> torch.Tensor:
        import torch

        # Results are copies of what the next call writes into, by default.
        return torch.from_numpy(self._compiled(shown.contiguous().numpy())[0])
