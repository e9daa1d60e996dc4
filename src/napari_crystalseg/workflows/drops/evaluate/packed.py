"""Packed: values of many images that are kept as few bytes until they are asked for."""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Iterator, Mapping
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Packed(Mapping[Key, Value]):
    """Values by key, each unpacked anew when it is asked for: the masks of some hundred images would fill the memory.

    Masks are mostly runs of the same, of which compression leaves a hundredth.
    """

    def __init__(self) -> None:
        self._packed: dict[Key, bytes] = {}

    def put(self, key: Key, value: Value) -> None:
        """Keep a value."""
        self._packed[key] = zlib.compress(pickle.dumps(value), 1)

    def __getitem__(self, key: Key) -> Value:
        value: Value = pickle.loads(zlib.decompress(self._packed[key]))
        return value

    def __contains__(self, key: object) -> bool:
        return key in self._packed

    def __iter__(self) -> Iterator[Key]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)
