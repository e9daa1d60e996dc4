"""PyTorch as the engine: on a GPU where there is one, else on the processor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .engine import Engine

if TYPE_CHECKING:
    import torch


class TorchEngine(Engine):
    """A network run by PyTorch; what other engines are held against.

    Parameters
    ----------
    network : torch.nn.Module
        Maps (n, channel, z, y, x) to (n, class, z, y, x). It is moved to the GPU where there is one.
    low_precision : bool, optional
        Half the bits: bf16 on the processor, by default where that has instructions for it (without, it is slower than
        float32), and fp16 on a GPU, by default always.
    """

    def __init__(self, network: torch.nn.Module, low_precision: bool | None = None) -> None:
        import torch

        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        if low_precision is None:
            low_precision = self.device.type == "cuda" or processor_has_bf16()
        self._low_precision = low_precision
        self._network = network.to(self.device)
        dtype = ("float16" if self.device.type == "cuda" else "bfloat16") if low_precision else "float32"
        self.name = f"torch {torch.__version__}, {self.device.type}, {dtype}"

    def shown(self, batch: torch.Tensor) -> torch.Tensor:
        import torch

        with torch.inference_mode():
            return shown_by(self._network, batch.to(self.device))

    def scores_of(self, shown: torch.Tensor) -> torch.Tensor:
        import torch

        dtype = torch.float16 if self.device.type == "cuda" else torch.bfloat16
        with torch.inference_mode(), torch.autocast(self.device.type, dtype=dtype, enabled=self._low_precision):
            return scores_by(self._network, shown).float()


def shown_by(network: torch.nn.Module, batch: torch.Tensor) -> torch.Tensor:
    """What a network computes of a batch once for all mirror images; the batch where it says nothing of that."""
    channels = getattr(network, "shown_channels", None)
    return batch if channels is None else channels(batch)


def scores_by(network: torch.nn.Module, shown: torch.Tensor) -> torch.Tensor:
    """Scores of what :func:`shown_by` gives."""
    of_channels = getattr(network, "scores_of_channels", network)
    found: torch.Tensor = of_channels(shown)
    return found


def processor_has_bf16() -> bool:
    """Whether the processor multiplies bf16 in hardware; without, bf16 is slower than float32."""
    import torch

    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        supported = getattr(torch.cpu, name, None)
        if supported is not None and supported():
            return True
    return False
