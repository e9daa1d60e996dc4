"""The command line: it parses, calls a workflow or a room, and shows; one file a command."""

from __future__ import annotations

from .entry import main

__all__ = ["main"]
