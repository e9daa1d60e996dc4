"""The long training run: start it, go on with it, and tell where it is.

    python scripts/long_training.py start FOLDER [--steps N] [--threads N] [--working-sizes N N]
        [--validate FOLDER_OR_SLICE ...] [--stand-in SCRIPT]
    python scripts/long_training.py status FOLDER
    python scripts/long_training.py stop FOLDER
    python scripts/long_training.py pack FOLDER OUT_MODEL

FOLDER lies outside of the checkout. It gets a clone of the last commit with an environment of its own, so that what
changes in the checkout does not disturb the run; label maps, simulated cases and validation sets; and the training.
Everything goes on at the lowest priority in the background; `start` after an interruption goes on where it was, with
the options that it was begun with. A stand-in is a script of another simulator: `SCRIPT OUT --instrument a|b --n N
--size N --seed N` writes `<case>.tif`, `<case>_labels.tif` and `cases.json` with `name` and `voxel_size_um` of each.
Its cases are validated on, never trained on.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
LABEL_MAPS, LABEL_SEED = 6000, 20261101
ROUNDS = 16
WIDE_A_ROUND, WIDE_SEED = 40, 20261201
TYPICAL_A_ROUND, TYPICAL_SEED = 30, 20261202
VALIDATION_CASES = 12
ENOUGH_LABEL_MAPS = 200
DEFAULTS: dict = {
    "steps": 100_000,
    "threads": 1,
    "learning_rate": 1e-3,
    "working_sizes": [96, 128],
    "validate": [],
    "stand_in": None,
}
STAND_INS, STAND_IN_CASES, STAND_IN_SEED = ("a", "b"), 24, 9000
SETS = ("typical", "wide", "left_out_mounts", "left_out_sparse")

# Groups that no training case and no label map belongs to: one crystal system, one band of energies, and mounts of the
# catalogue. (The weights that a run begins from may have seen them.)
CUBIC = ("insulin", "ferritin")
LEFT_OUT: dict[str, Callable[[dict], bool]] = {
    "left_out_cubic": lambda case: case["sample"]["habit"] in CUBIC,
    "left_out_energy": lambda case: 8 <= case["conditions"]["energy_kev"] <= 10,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("start", "status", "stop", "pack", "data", "learn"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path, nargs="?", help="model folder to pack")
    parser.add_argument("--steps", type=int, help=f"{DEFAULTS['steps']} unless begun with another number")
    parser.add_argument("--threads", type=int, help=f"{DEFAULTS['threads']} unless begun with another number")
    parser.add_argument("--learning-rate", type=float, help=f"at the beginning, {DEFAULTS['learning_rate']}")
    parser.add_argument(
        "--working-sizes", type=int, nargs="+", help=f"of the grids, {DEFAULTS['working_sizes']} unless begun otherwise"
    )
    parser.add_argument(
        "--validate", type=Path, nargs="*", help="further sets, never trained on; kept for later starts"
    )
    parser.add_argument("--stand-in", type=Path, help="script of another simulator, to validate on")
    options = parser.parse_args()
    folder = options.folder.resolve()
    if REPOSITORY in folder.parents or folder == REPOSITORY:
        sys.exit(f"{folder} lies in the checkout; choose a folder beside it.")
    if options.what in ("start", "learn"):
        remember(folder, options)
    if options.what == "start":
        start(folder)
    elif options.what == "status":
        status(folder)
    elif options.what == "stop":
        for name in ("learn", "data"):
            if running(folder, name):
                os.killpg(int((folder / f"{name}.pid").read_text()), signal.SIGTERM)
                print(f"{name} stopped")
    elif options.what == "pack":
        pack(folder, options.out)
    elif options.what == "data":
        remember(folder, options)
        if options.stand_in:
            draw_stand_ins(folder, options.stand_in)
        make_data(folder)
    else:
        learn(folder, options)


def remember(folder: Path, options: argparse.Namespace) -> None:
    """Fill in what was not given from the last start, and keep all of it for the next."""
    from napari_crystalseg.io import save_json

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "options.json"
    known = DEFAULTS | (json.loads(path.read_text()) if path.exists() else {})
    for name, before in known.items():
        given = getattr(options, name)
        if given is None:
            setattr(options, name, before)
        elif name == "validate":
            known[name] = [str(each.resolve()) for each in given]
        else:
            known[name] = str(given.resolve()) if isinstance(given, Path) else given
        setattr(options, name, known[name])
    # In one step: both parts of a run read and write it at their start.
    save_json(known, path)


def start(folder: Path) -> None:
    """Clone and set up where that is not done, and set off what is not running."""
    clone = folder / "clone"
    if not clone.exists():
        subprocess.run(["git", "clone", "-q", str(REPOSITORY), str(clone)], check=True)
    subprocess.run(["make", "-s", "-C", str(clone), "setup"], check=True)
    python = clone / ".venv" / "bin" / "python"
    script = clone / "scripts" / "long_training.py"
    threads = {"NUMBA_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    for name in ("data", "learn"):
        if running(folder, name):
            print(f"{name} is running")
            continue
        with open(folder / f"{name}.log", "a") as log:
            process = subprocess.Popen(
                ["nice", "-n", "19", python, script, name, folder],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env=os.environ | threads,
            )
        (folder / f"{name}.pid").write_text(str(process.pid))
        # A session of its own is a group of its own to Linux's scheduler, in which `nice` alone counts for nothing.
        with suppress(OSError):
            Path(f"/proc/{process.pid}/autogroup").write_text("19")
        print(f"{name} set off, see {folder / name}.log")


def running(folder: Path, name: str) -> bool:
    """Whether a part of the run is under way."""
    try:
        number = int((folder / f"{name}.pid").read_text())
        # The number may have gone to another process since.
        words = Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")
        return {name.encode(), str(folder).encode()} <= set(words)
    except (OSError, ValueError):
        return False


def make_data(folder: Path) -> None:
    """Make validation sets, label maps and cases; what is there is left."""
    validation = folder / "validation"
    for seed, count, more in [(778, 16, []), (779, 16, []), *((s, 1, ["--angles", "106"]) for s in range(501, 511))]:
        series = simulate(folder / "unseen" / f"typical{seed}", count, seed, *more)
        for case in series:
            link(case, validation / "typical" / f"{seed}-{case.name}", ("volume.tif",))
    for case in simulate(folder / "unseen" / "wide", VALIDATION_CASES, 790, "--varied"):
        link(case, validation / "wide" / case.name)
    priors = folder / "catalogue_mounts.yaml"
    priors.write_text("name: catalogue mounts\nsample:\n  mount: [0.5, 0.5, 0.0]\n  mount_catalogue: 1.0\n")
    for case in simulate(folder / "unseen" / "mounts", VALIDATION_CASES, 791, "--priors", str(priors)):
        link(case, validation / "left_out_mounts" / case.name, ("volume.tif",))
    thin_out(folder)
    for number in range(ROUNDS):
        for case in simulate(folder / "labels", LABEL_MAPS * (number + 1) // ROUNDS, LABEL_SEED, "--labels-only"):
            sample = json.loads((case / "manifest.json").read_text())["description"]["sample"]
            if sample["habit"] not in CUBIC and "mount_catalogue" not in sample:
                link(case, folder / "label_maps" / case.name)
        for kind, count, seed, more in (
            ("wide", WIDE_A_ROUND, WIDE_SEED, ["--varied", "--size", "96"]),
            ("typical", TYPICAL_A_ROUND, TYPICAL_SEED, []),
        ):
            for case in simulate(folder / "series" / kind, count * (number + 1), seed, *more):
                description = json.loads((case / "manifest.json").read_text())["description"]
                groups = [name for name, belongs in LEFT_OUT.items() if belongs(description)]
                if not groups:
                    link(case, folder / "cases" / f"{kind}-{case.name}")
                for name in groups:
                    others = list((validation / name).glob("*"))
                    if len(others) < VALIDATION_CASES:
                        link(case, validation / name / f"{kind}-{case.name}", ("volume.tif",))


def draw_stand_ins(folder: Path, script: str) -> None:
    """Draw cases of another simulator, and write them as cases are read."""
    from napari_crystalseg.io import open_labels, open_volume, save_labels, save_volume

    for instrument in STAND_INS:
        out = folder / "unseen" / f"stand_in_{instrument}"
        drawn = out / "cases.json"
        if not drawn.exists() or len(json.loads(drawn.read_text())) < STAND_IN_CASES:
            words = [
                script,
                out,
                "--instrument",
                instrument,
                "--n",
                STAND_IN_CASES,
                "--size",
                128,
                "--seed",
                STAND_IN_SEED,
            ]
            subprocess.run([sys.executable, *map(str, words)], check=True)
        for case in json.loads(drawn.read_text()):
            to = folder / "validation" / f"stand_in_{instrument}" / case["name"]
            if not (to / "labels.tif").exists():
                size = case["voxel_size_um"]
                save_volume(open_volume(out / f"{case['name']}.tif", size), to / "volume.tif")
                save_labels(open_labels(out / f"{case['name']}_labels.tif", size), to / "labels.tif")


def thin_out(folder: Path) -> None:
    """Reconstruct unseen cases from every eighth projection: a reconstruction that no training case has."""
    from dataclasses import replace

    from napari_crystalseg.io import open_scan, save_volume
    from napari_crystalseg.tomography import PLAIN, Recipe, reconstruct

    for case in sorted((folder / "unseen" / "typical778").glob("case_*"))[:VALIDATION_CASES]:
        out = folder / "validation" / "left_out_sparse" / case.name
        if (out / "volume.tif").exists():
            continue
        link(case, out, ())
        scan = open_scan(case / "scan.h5")
        few = replace(scan, projections=scan.projections[::8], angles_deg=scan.angles_deg[::8])
        save_volume(reconstruct(few, Recipe(scan.rotation_centre_px, preprocessing=PLAIN)), out / "volume.tif")


def simulate(out: Path, count: int, seed: int, *more: str) -> list[Path]:
    """Make a series with the command that users have, and list it."""
    words = ["simulate", str(out), "--n", str(count), "--seed", str(seed), *more]
    subprocess.run([sys.executable, "-c", "from napari_crystalseg.cli import main; main()", *words], check=False)
    return sorted(path for path in out.glob("case_*") if (path / "manifest.json").exists())


def link(case: Path, out: Path, volumes: tuple[str, ...] | None = None) -> None:
    """Let a folder hold a case's labels and its volumes, or some of them."""
    out.mkdir(parents=True, exist_ok=True)
    for path in [*sorted(case.glob("labels.*")), *sorted(case.glob("volume*.tif"))]:
        if volumes is not None and path.name.startswith("volume") and path.name not in volumes:
            continue
        if not (out / path.name).exists():
            (out / path.name).symlink_to(path)


def learn(folder: Path, options: argparse.Namespace) -> None:
    """Train, as soon as there is something to learn from; begin with the weights that the clone bundles."""
    from napari_crystalseg.cli.stopping import stops_between_lines
    from napari_crystalseg.errors import Cancelled
    from napari_crystalseg.segmentation import bundled_model
    from napari_crystalseg.segmentation.training.training import CHECKPOINT, train
    from napari_crystalseg.segmentation.training.training_request import TrainingRequest

    while len(list((folder / "label_maps").glob("*/labels.h5"))) < ENOUGH_LABEL_MAPS:
        time.sleep(20)
    (folder / "cases").mkdir(exist_ok=True)
    others = [f"stand_in_{instrument}" for instrument in STAND_INS if options.stand_in]
    sets = [folder / "validation" / name for name in (*SETS, *LEFT_OUT, *others)]
    for path in sets:
        path.mkdir(parents=True, exist_ok=True)  # they fill meanwhile
    with (
        suppress(Cancelled),
        stops_between_lines(lambda line: print(time.strftime("%H:%M"), line, flush=True)) as report,
    ):
        request = TrainingRequest(
            [folder / "cases"],
            steps=options.steps,
            seed=11,
            begin_from=bundled_model(),
            # One that goes on keeps its rate.
            learning_rate=None if (folder / "training" / CHECKPOINT).exists() else options.learning_rate,
            labels=folder / "label_maps",
            validate=[*sets, *options.validate],
            threads=options.threads,
            working_sizes=tuple(options.working_sizes),
        )
        train(request, folder / "training", resume=True, report=report)


def status(folder: Path) -> None:
    """Print steps, rate, what is left, and the Dice of every set: first, best and last."""
    from napari_crystalseg.segmentation.training import curves

    for name in ("data", "learn"):
        print(f"{name}: {'running' if running(folder, name) else 'not running'}")
    counts = {what: len(list(folder.glob(f"{what}/*/labels.*"))) for what in ("label_maps", "cases")}
    print(f"{counts['label_maps']} label maps, {counts['cases']} cases")
    log = folder / "training" / "training.log"
    lines = log.read_text().splitlines() if log.exists() else []
    last = next((line for line in reversed(lines) if " s/step " in line), None)
    print(last or "no steps yet")
    if last:
        words = last.split()
        pace, spent = float(words[words.index("s/step") - 1]), float(words[-1].rstrip("%")) / 100
        if spent > 0:
            print(f"about {pace * int(words[1]) * (1 - spent) / spent / 3600:.1f} h left at this pace")
    entries = curves.read(folder / "training")
    if entries:
        print(f"validated {len(entries)} times, last at step {entries[-1]['step']}; see {folder / 'training'}")
        for name in entries[-1]["sets"]:
            for key, value in entries[-1]["sets"][name].items():
                values = [found[key] for entry in entries if key in (found := entry["sets"].get(name, {}))]
                print(f"  {name:24} {key:10} first {values[0]:.3f}  best {max(values):.3f}  last {value:.3f}")


def pack(folder: Path, out: Path | None) -> None:
    """Pack the newest averaged weights as a model folder."""
    from napari_crystalseg.segmentation.training.export import export

    if out is None:
        sys.exit("Name the model folder to pack.")
    taken = folder / "packed"
    shutil.rmtree(taken, ignore_errors=True)
    taken.mkdir()
    # A copy: the run may write its next checkpoint meanwhile.
    for name in ("checkpoint_latest.pth", "splits_final.json"):
        if (folder / "training" / name).exists():
            shutil.copy(folder / "training" / name, taken / name)
    counts = {what: len(list(folder.glob(f"{what}/*/labels.*"))) for what in ("label_maps", "cases")}
    data = (
        f"simulated alone, no measured data: {counts['label_maps']} painted label maps (seed {LABEL_SEED}), "
        f"{counts['cases']} typical and wide cases (seeds {TYPICAL_SEED}, {WIDE_SEED}) in several reconstructions; "
        "begun from the weights bundled before"
    )
    made = export(taken, out, name=out.name, data=data, voxel_range_um=(0.25, 4.0))
    print(made.path)


if __name__ == "__main__":
    main()
