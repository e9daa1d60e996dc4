"""What a worker process keeps from one call to the next: of each kind one thing, for whom it was made."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Kind = TypeVar("Kind")

# All that a process keeps. Owners tell apart what is asked of one process for two samples, one after the other.
_kept: dict[type, tuple[Hashable, Any]] = {}


def keep(kind: type[Kind], owner: Hashable, make: Callable[[], Kind]) -> Kind:
    """Make a thing and keep it in place of the one of its kind, whose memory is freed before.

    Parameters
    ----------
    kind : type
        What it is.
    owner : hashable
        For whom it is made: none other is given it.
    make : callable
        Makes it.
    """
    _kept.pop(kind, None)
    thing = make()
    _kept[kind] = owner, thing
    return thing


def kept(kind: type[Kind], owner: Hashable) -> Kind | None:
    """Return the thing of a kind that is kept for an owner; None where none is, or it was made for another."""
    whose, thing = _kept.get(kind, (None, None))
    return thing if whose == owner else None
