"""How long it takes until the package, the plugin's commands and the command line are there, and what they load.

    python benchmarks/imports.py [--repeats 3]

Each row is a Python of its own, of which the quickest of some repetitions counts; beside it stand its peers in the same
run, NumPy and napari (which loads itself when its viewer is asked for), and an empty Python, which none can beat. On a
machine with other work on it processor time counts. ``loaded`` names the large libraries that are there afterwards.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time

from napari_crystalseg.samples import sample_data_folder

LARGE = "numpy scipy numba h5py pandas pint matplotlib skimage qtpy napari torch nnunetv2".split()
COMMAND = "from napari_crystalseg.cli import main; main({})"
COMMANDS_OF_PLUGIN = """
import importlib
from pathlib import Path
import napari_crystalseg, yaml
text = Path(napari_crystalseg.__file__).with_name("napari.yaml").read_text(encoding="utf-8")
for command in yaml.safe_load(text)["contributions"]["commands"]:
    module, name = command["python_name"].split(":")
    getattr(importlib.import_module(module), name)
"""
LABELS = str(sample_data_folder() / "simulated_labels.tif")
ROWS = {
    "python": "pass",
    "import numpy": "import numpy",
    "import napari": "import napari",
    "napari's viewer": "from napari import Viewer",
    "import napari_crystalseg": "import napari_crystalseg",
    "its nouns": "from napari_crystalseg import Factors, Labels, Scan, Volume, open_file",
    "the reader of napari": "from napari_crystalseg._reader import napari_get_reader",
    "all commands of the plugin": COMMANDS_OF_PLUGIN,
    "crystalseg --help": COMMAND.format(["--help"]),
    "crystalseg info, small labels": COMMAND.format(["info", LABELS]),
}
TOLD = f"\nimport json, sys; print(json.dumps([name for name in {LARGE} if name in sys.modules]), file=sys.stderr)"


def taken(program: str) -> tuple[float, float, list[str]]:
    """Return seconds, processor seconds, and the large libraries that were loaded."""
    before, began = os.times(), time.perf_counter()
    done = subprocess.run([sys.executable, "-c", program + TOLD], capture_output=True, text=True, check=True)
    seconds, after = time.perf_counter() - began, os.times()
    worked = after.children_user + after.children_system - before.children_user - before.children_system
    return seconds, worked, json.loads(done.stderr.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    print(f"{'':32}{'s':>8}{'CPU s':>8}  loaded")
    for name, program in ROWS.items():
        # The first brings files into the memory of the system, and is not counted.
        runs = [taken(program) for _ in range(repeats + 1)][1:]
        seconds, worked = min(run[0] for run in runs), min(run[1] for run in runs)
        print(f"{name:32}{seconds:8.2f}{worked:8.2f}  {' '.join(runs[0][2])}", flush=True)


if __name__ == "__main__":
    main()
