"""Strokes, tools, undo and redo on a Labels layer, in any order and under any policy."""

from __future__ import annotations

from helpers.machine_settings import machine_settings
from napari_crystalseg.testing.layer_machine import LayerMachine

TestLayer = LayerMachine.TestCase
TestLayer.settings = machine_settings(10, 12)
