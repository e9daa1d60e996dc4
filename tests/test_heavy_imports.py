"""torch and nnU-Net, which take seconds to import, are loaded by what trains or runs a network, and by nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from napari_crystalseg.samples import sample_data_folder

HEAVY = ("torch", "nnunetv2", "torchvision", "dynamic_network_architectures")
SIMULATED = [str(sample_data_folder() / f"simulated_{name}") for name in ("scan.h5", "volume.tif", "labels.tif")]
SCAN, VOLUME, LABELS = SIMULATED
MU = ["--mu-crystal", "0.01", "--mu-liquor", "0.01", "--mu-loop", "0.01"]
LIGHT = {
    "info of a scan": ["info", SCAN],
    "info of a volume": ["info", VOLUME],
    "priors": ["priors", "typical"],
    "evaluate": ["evaluate", LABELS, LABELS],
    "export": ["export", LABELS, "masks", "--to", "masks"],
    "absorb": ["absorb", LABELS, "factors.json", *MU, "--sphere", "20"],
}


def loaded(program: str, folder, **environment) -> None:
    """Run a program in a Python of its own, which may load nothing heavy."""
    told = f"\nimport sys; assert not (set({HEAVY}) & set(sys.modules)), sorted(set({HEAVY}) & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program + told],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_all_names_of_the_front_door(tmp_path):
    loaded("import napari_crystalseg as one\nfor name in one.__all__: getattr(one, name)", tmp_path)


def test_every_command_that_needs_no_network(tmp_path):
    """One after the other in one process: numba is loaded once."""
    program = f"""
import sys
from napari_crystalseg.cli import main
for name, words in {json.dumps(LIGHT)}.items():
    assert main(words) in (0, None), name
    assert not set({HEAVY}) & set(sys.modules), name
"""
    loaded(program, tmp_path)


def test_the_plugin_its_commands_and_its_dock(tmp_path):
    pytest.importorskip("qtpy.QtWidgets")
    program = """
import importlib
from pathlib import Path
import napari_crystalseg, yaml
manifest = yaml.safe_load(Path(napari_crystalseg.__file__).with_name("napari.yaml").read_text(encoding="utf-8"))
for command in manifest["contributions"]["commands"]:
    module, name = command["python_name"].split(":")
    assert callable(getattr(importlib.import_module(module), name)), command["id"]
from qtpy.QtWidgets import QApplication
from napari.components import ViewerModel
app = QApplication([])
dock = napari_crystalseg.widgets.CrystalSegDock(ViewerModel())
for page in dock.tabs.pages:
    assert page.stage is not None
dock.close()
"""
    loaded(program, tmp_path, QT_QPA_PLATFORM="offscreen")
