"""Take the pictures of napari in docs/images, part by part, each in a process of its own.

    bash scripts/with-screen.sh python scripts/screenshots [PART ...] [--scratch FOLDER]

Without parts all are taken. The user's own settings and data stay as they are: samples are copied to the scratch
folder, and so is what napari and the dock remember. What was processed there is not processed again. Of the tools some
alone are taken by ``tools:Grow,Shrink``.
"""

from __future__ import annotations

import argparse
import importlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PARTS = (
    "two_minutes",
    "raw_scan",
    "queue_of_samples",
    "review",
    "models",
    "teaching",
    "recovery",
    "planes",
    "check",
    "simulate",
    "detector_geometry",
    "drops",
    "tools",
)


def run(parts: list[str], scratch: Path) -> None:
    """Run parts one after the other."""
    from napari_crystalseg.samples import sample_data_folder

    samples = scratch / "samples"
    if not samples.is_dir():
        shutil.copytree(sample_data_folder(), samples)
    surroundings = dict(os.environ)
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        surroundings[name] = str(scratch / name.lower())
    surroundings["NAPARI_CONFIG"] = str(scratch / "napari.yaml")
    for part in parts:
        print(f"== {part}", flush=True)
        subprocess.run(
            [sys.executable, __file__, "--only", part, "--scratch", str(scratch)], env=surroundings, check=True
        )


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=[], metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--scratch", type=Path)
    parser.add_argument("--only", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.only:
        part, _, names = given.only.partition(":")
        importlib.import_module(part).take(given.scratch / "samples", *filter(None, names.split(",")))
        return
    parts = list(given.parts) or list(PARTS)
    if given.scratch is not None:
        given.scratch.mkdir(parents=True, exist_ok=True)
        run(parts, given.scratch.resolve())
        return
    with tempfile.TemporaryDirectory() as folder:
        run(parts, Path(folder))


if __name__ == "__main__":
    main()
