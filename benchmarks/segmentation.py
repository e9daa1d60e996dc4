"""Time and peak memory of a segmentation, against nnU-Net's own predictor with the same weights.

    python benchmarks/segmentation.py 128 256 512 [--engine torch] [--full-up-to 128] [--no-mirror] [--threads N]

The shipped sample, magnified to each size and with noise of its own in each voxel, is segmented in a process by itself.
nnU-Net's predictor sees the same volume averaged and normalised on the working grid, and, up to the size that
``--full-up-to`` says, the whole volume in tiles. Each is a process of its own, too: seconds are of the work, without
importing and without making the volume; memory is the most that the process ever took, with the volume in it.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from typing import Any

import numpy as np

from napari_crystalseg.io import open_volume
from napari_crystalseg.samples import sample_data_folder
from napari_crystalseg.volume import Volume

_NOISE = 0.05  # of the standard deviation of the voxel values


def magnified(size: int) -> Volume:
    """The sample on a cube of so many voxels a side, made slice by slice."""
    sample = open_volume(sample_data_folder() / "simulated_volume.tif")
    places = [(np.arange(size) * length) // size for length in sample.shape]
    data = np.empty((size, size, size), dtype=np.float32)
    random, level = np.random.default_rng(size), np.float32(_NOISE * sample.data.std())
    for section, z in zip(data, places[0], strict=True):
        section[...] = sample.data[z][np.ix_(*places[1:])]
        section += level * random.standard_normal(section.shape, dtype=np.float32)
    um = sample.required_voxel_size_um
    z, y, x = (float(one * length / size) for one, length in zip(um, sample.shape, strict=True))
    return Volume(data, (z, y, x))


def ours(size: int, mirror: bool, engine: str | None) -> dict[str, Any]:
    """A segmentation, the second of the process: the first loads what is loaded once."""
    from napari_crystalseg.segmentation import segment

    segment(open_volume(sample_data_folder() / "simulated_volume.tif"), engine=engine, mirror=False)
    volume, steps, last = magnified(size), {}, [time.perf_counter(), ""]
    longest = 0.0

    def progress(share: float, message: str) -> None:
        nonlocal longest
        now = time.perf_counter()
        longest = max(longest, now - last[0])
        name = "network" if message.startswith("tile") else message
        if last[1]:
            steps[last[1]] = steps.get(last[1], 0.0) + now - last[0]
        last[:] = [now, name]

    begin = last[0] = time.perf_counter()
    made = segment(volume, engine=engine, mirror=mirror, progress=progress)
    seconds = time.perf_counter() - begin
    return {
        "seconds": seconds,
        "longest silence": longest,
        "engine": made.labels.provenance.steps[-1]["engine"],
        "steps": {name: round(spent, 2) for name, spent in steps.items()},
    }


def nnunets(size: int, mirror: bool, whole: bool) -> dict[str, Any]:
    """nnU-Net's predictor over the working grid's voxel values, or over the whole volume."""
    import torch

    from napari_crystalseg.computing.torchvision_operators import provide_missing_operators
    from napari_crystalseg.segmentation import bundled_model
    from napari_crystalseg.segmentation.grids.normalisation import normalise
    from napari_crystalseg.segmentation.prediction.coarse_prediction import seen_on_grids, working_grids

    provide_missing_operators()
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

    model, volume = bundled_model(size), magnified(size)
    predictor = nnUNetPredictor(
        use_mirroring=mirror,
        perform_everything_on_device=torch.cuda.is_available(),
        device=torch.device("cuda" if torch.cuda.is_available() else "cpu"),
        allow_tqdm=False,
    )
    predictor.initialize_from_trained_model_folder(str(model.path), (0,))
    values = normalise(volume.data) if whole else seen_on_grids(volume, working_grids(volume, model))[0]
    begin = time.perf_counter()
    predictor.predict_logits_from_preprocessed_data(torch.from_numpy(values)[None]).argmax(0)
    return {"seconds": time.perf_counter() - begin}


def measured(size: int, who: str, options: argparse.Namespace) -> dict[str, Any]:
    """What a process of its own measures."""
    words = [sys.executable, __file__, str(size), "--child", who, "--threads", str(options.threads)]
    words += [] if options.mirror else ["--no-mirror"]
    words += [] if options.engine is None else ["--engine", options.engine]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"failed": (done.stderr.strip().splitlines() or [f"ended with {done.returncode}"])[-1][:120]}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Print a table."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("sizes", type=int, nargs="+", help="voxels a side")
    words.add_argument("--engine", default=None)
    words.add_argument("--full-up-to", type=int, default=0, help="largest size that nnU-Net sees whole")
    words.add_argument("--no-mirror", dest="mirror", action="store_false")
    words.add_argument("--no-nnunet", dest="nnunet", action="store_false")
    words.add_argument("--threads", type=int, default=0, help="of PyTorch; 0 leaves them as they are")
    words.add_argument("--child", choices=["ours", "grid", "whole"], help=argparse.SUPPRESS)
    options = words.parse_args()
    if options.child:
        if options.threads:
            import torch

            torch.set_num_threads(options.threads)
        size = options.sizes[0]
        if options.child == "ours":
            found = ours(size, options.mirror, options.engine)
        else:
            found = nnunets(size, options.mirror, options.child == "whole")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 2**30
        print(json.dumps({**found, "peak GiB": round(peak, 2)}))
        return
    for size in options.sizes:
        own = measured(size, "ours", options)
        print(f"{size}³ napari-crystalseg: {own}", flush=True)
        others = ["grid"] * options.nnunet + ["whole"] * (options.nnunet and size <= options.full_up_to)
        for who in others:
            other = measured(size, who, options)
            ratio = ""
            if "seconds" in other and "seconds" in own:
                times, memory = other["seconds"] / own["seconds"], other["peak GiB"] / own["peak GiB"]
                ratio = f"; {times:.2f} times our time, {memory:.2f} times our memory"
            place = "on the working grid" if who == "grid" else "on the whole volume"
            print(f"{size}³ nnU-Net {place}: {other}{ratio}", flush=True)


if __name__ == "__main__":
    main()
