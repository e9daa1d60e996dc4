"""Malformed inputs of every reader, drawn from right ones by a seed: each is read, or refused in one sentence.

``python tests/helpers/malformed_inputs.py [inputs a kind]`` tries them all, each kind in a process of its own with
bounded memory, and tells what went wrong; the tests try some.
"""

from __future__ import annotations

import contextlib
import io as text_io
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

SEED = 20
MOST_SECONDS = 20.0
MOST_BYTES = 1.5e9
ADDRESS_SPACE = 12 * 2**30
LONGEST = 400
Draw = np.random.Generator

# Values that no entry should have.
ODD: tuple[Any, ...] = (
    *(None, True, -1, 0, 7, 10**400, 1e308, -1e308, 1e-308, float("nan"), float("inf"), 2**63, 0.5),
    *("", "x" * 5000, "µ\0\udc80", "1,5", "nan", [], {}, [[]], [None], {"": {}}, [1, 2], [[1, 2], 3], ["a"] * 3),
    *({"a": {"b": {"c": []}}}, [1e308] * 3, [0, 0, 0], [-1, -1, -1], "../../etc/passwd", "/dev/zero"),
)


# Right inputs, one a kind.


def scan_arrays() -> dict[str, np.ndarray]:
    draw = np.random.default_rng(1)
    arrays = {name: draw.poisson(2000, (count, 8, 12)).astype("u2") for name, count in (("raw", 16), ("flat", 3))}
    return {**arrays, "dark": draw.poisson(100, (2, 8, 12)).astype("u2"), "angles_deg": np.linspace(0, 180, 16)}


def nxtomo(folder: Path) -> Path:
    from napari_crystalseg.io import save_scan
    from napari_crystalseg.scan import Scan

    arrays = scan_arrays()
    scan = Scan(arrays["raw"], arrays["flat"], arrays["dark"], arrays["angles_deg"], 1.0, 4.5, 10.0)
    save_scan(scan, folder / "scan.nxs")
    return folder / "scan.nxs"


def fly_scan(folder: Path) -> Path:
    import h5py

    with h5py.File(folder / "fly.nxs", "w") as file:
        file["entry1/instrument/flyScanDetector/data"] = np.random.default_rng(1).poisson(500, (56, 8, 12)).astype("u2")
        file["entry1/tomo_entry/data/rotation_angle"] = np.linspace(0, 180, 16)
    return folder / "fly.nxs"


def data_exchange(folder: Path) -> Path:
    import h5py

    arrays = scan_arrays()
    with h5py.File(folder / "aps.h5", "w") as file:
        for name, key in (("data", "raw"), ("data_white", "flat"), ("data_dark", "dark"), ("theta", "angles_deg")):
            file[f"exchange/{name}"] = arrays[key]
        file["exchange/theta"].attrs["units"] = "deg"
    return folder / "aps.h5"


def tiff_folder(folder: Path) -> Path:
    import tifffile

    arrays = scan_arrays()
    scan = folder / "scan"
    scan.mkdir()
    for name in ("raw", "flat", "dark"):
        for number, frame in enumerate(arrays[name]):
            tifffile.imwrite(scan / f"{name.replace('raw', 'proj')}_{number:03d}.tif", frame)
    np.savetxt(scan / "angles.txt", arrays["angles_deg"])
    return scan


def npz(folder: Path) -> Path:
    np.savez(folder / "scan.npz", **scan_arrays())
    return folder / "scan.npz"


def grid_writer(suffix: str) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        from napari_crystalseg.io import save_volume
        from napari_crystalseg.volume import Volume

        voxel_values = np.random.default_rng(2).normal(0, 1, (5, 7, 9)).astype("f4")
        save_volume(Volume(voxel_values, (2.0, 1.0, 1.0)), folder / f"volume{suffix}")
        return folder / f"volume{suffix}"

    return write


def ome_tiff(folder: Path) -> Path:
    import tifffile

    data = np.random.default_rng(2).integers(0, 900, (5, 7, 9)).astype("u2")
    metadata = {"axes": "ZYX", "PhysicalSizeX": 1.0, "PhysicalSizeY": 1.0, "PhysicalSizeZ": 2.0}
    tifffile.imwrite(folder / "a.ome.tif", data, ome=True, compression="zlib", metadata=metadata)
    return folder / "a.ome.tif"


def zarr_04(folder: Path) -> Path:
    import zarr

    group = zarr.open_group(folder / "a.zarr", mode="w", zarr_format=2)
    group.create_array("0", data=np.random.default_rng(2).integers(0, 5, (5, 7, 9)).astype("u1"), chunks=(3, 4, 5))
    axes = [{"name": name, "type": "space", "unit": "micrometer"} for name in "zyx"]
    scale = [{"type": "scale", "scale": [2.0, 1.0, 1.0]}]
    image = {"version": "0.4", "axes": axes, "datasets": [{"path": "0", "coordinateTransformations": scale}]}
    group.attrs["multiscales"] = [image]
    return folder / "a.zarr"


def experiment(folder: Path) -> Path:
    eye = np.eye(3).ravel().tolist()
    panel = {
        "fast_axis": [1.0, 0, 0],
        "slow_axis": [0, -1.0, 0],
        "origin": [-200.0, 200.0, -200.0],
        "pixel_size": [0.1, 0.1],
        "px_mm_strategy": {"type": "ParallaxCorrectedPxMmStrategy"},
        "mu": 3.9,
        "thickness": 0.45,
    }
    whole = {"fast_axis": [1, 0, 0], "slow_axis": [0, 1, 0], "origin": [0, 0, 0], "children": [{"panel": 0}]}
    record = {
        "experiment": [{"identifier": "a", "beam": 0, "detector": 0, "goniometer": 0, "scan": 0}],
        "beam": [{"direction": [0.0, 0, 1], "wavelength": 2.0}],
        "detector": [{"panels": [panel], "hierarchy": whole}],
        "goniometer": [{"rotation_axis": [1.0, 0, 0], "fixed_rotation": eye, "setting_rotation": eye}],
        "scan": [{"image_range": [1, 1800], "oscillation": [0.0, 0.1]}],
    }
    (folder / "a.expt").write_text(json.dumps(record))
    return folder / "a.expt"


def reflections(folder: Path) -> Path:
    import msgpack

    draw = np.random.default_rng(3)
    columns = {"id": ("int", np.zeros(9, "<i4")), "panel": ("std::size_t", np.zeros(9, "<u8"))}
    for name in ("s1", "xyzcal.mm", "xyzobs.px.value"):
        columns[name] = ("vec3<double>", draw.normal(0, 1, (9, 3)))
    data = {name: [kind, [9, values.tobytes()]] for name, (kind, values) in columns.items()}
    record = ["dials::af::reflection_table", 1, {"identifiers": {0: "a"}, "nrows": 9, "data": data}]
    (folder / "a.refl").write_bytes(msgpack.packb(record))
    return folder / "a.refl"


def model(folder: Path) -> Path:
    import torch

    from napari_crystalseg.segmentation.networks.architecture import Architecture
    from napari_crystalseg.segmentation.networks.plans import dataset_json, slice_plans_json

    plans = slice_plans_json((16, 16), (2, 4))
    (folder / "model" / "fold_0").mkdir(parents=True)
    (folder / "model" / "plans.json").write_text(json.dumps(plans))
    (folder / "model" / "dataset.json").write_text(json.dumps(dataset_json(3)))
    (folder / "model" / "card.json").write_text(json.dumps({"name": "m", "working_sizes": [96], "coarsest_voxels": 2}))
    network = Architecture.from_dict(plans["configurations"]["2d"]["architecture"]).build(5, "cpu")
    checkpoint = {
        "network_weights": network.state_dict(),
        "init_args": {"configuration": "2d"},
        "inference_allowed_mirroring_axes": (0, 1),
    }
    torch.save(checkpoint, folder / "model" / "fold_0" / "checkpoint_final.pth")
    return folder / "model"


def priors(folder: Path) -> Path:
    from napari_crystalseg.simulation.priors import PRESETS

    (folder / "p.yaml").write_text(PRESETS["realism"].to_yaml())
    return folder / "p.yaml"


def angles(folder: Path) -> Path:
    (folder / "angles.csv").write_text("frame,angle\n" + "".join(f"{n},{n * 7.5}\n" for n in range(20)))
    return folder / "angles.csv"


def manifest(folder: Path) -> Path:
    from napari_crystalseg.io import writing_into
    from napari_crystalseg.workflows.process.stages import Stages

    (folder / "out").mkdir()
    (folder / "out" / "a.txt").write_text("a")
    with writing_into(folder / "out") as output:
        Stages(output).finish("one", "f", [folder / "out" / "a.txt"], {"shape": [1, 2, 3]})
    return folder / "out" / "manifest.json"


def journal(folder: Path) -> Path:
    from napari_crystalseg.tomography.slabs.journal import Journal

    made = Journal(folder / "v.part.journal", "f")
    made.settle(3.5, 4)
    made.add(0)
    return folder / "v.part.journal"


# How each kind is read.


def by_info(path: Path) -> None:
    """As a file of the user: described, then opened, frames and all."""
    from napari_crystalseg import io
    from napari_crystalseg.cli import main

    told = text_io.StringIO()
    with contextlib.redirect_stderr(told), contextlib.redirect_stdout(text_io.StringIO()):
        code = main(["info", str(path)])
    lines = told.getvalue().splitlines()
    if code:
        assert code == 2 and len(lines) == 1 and lines[0].startswith("Error: "), lines
        assert "(unexpected;" not in lines[0] and len(lines[0]) < LONGEST, lines
    else:
        assert not lines, lines
    found = io.open_file(path)
    for name in ("projections", "flats", "darks", "data"):
        np.asarray(getattr(found, name, 0))
    json.dumps(found.provenance.to_dict())


def by_command(path: Path) -> None:
    from napari_crystalseg.simulation.priors import find_priors

    find_priors(str(path)).to_yaml()


def by_experiment(path: Path) -> None:
    from napari_crystalseg.experiment import experiment

    experiment.read_experiment(path)


def by_reflections(path: Path) -> None:
    from napari_crystalseg.experiment.table import reflection_file

    reflection_file.read_table(path)


def by_model(path: Path) -> None:
    from napari_crystalseg.segmentation import ModelFolder

    found = ModelFolder(path)
    found.network()
    repr((found.name, found.sha256, found.mirror_axes, found.working_sizes, found.coarsest_voxels, found.codes))


def by_angles(path: Path) -> None:
    from napari_crystalseg.io.frames.angles import read_angles

    read_angles(path)


def by_stages(path: Path) -> None:
    from napari_crystalseg.io import writing_into
    from napari_crystalseg.workflows.process.stages import Stages

    with writing_into(path.parent) as output:
        stages = Stages(output)
        if stages.finished("one", "f"):
            stages.facts("one"), stages.files("one")


def by_journal(path: Path) -> None:
    from napari_crystalseg.tomography.slabs.journal import Journal

    Journal(path, "f")


KINDS: dict[str, tuple[Callable[[Path], Path], Callable[[Path], None]]] = {
    "NXtomo": (nxtomo, by_info),
    "fly scan": (fly_scan, by_info),
    "Data Exchange": (data_exchange, by_info),
    "folder of TIFF": (tiff_folder, by_info),
    "npz": (npz, by_info),
    "ImageJ": (grid_writer(".tif"), by_info),
    "OME-TIFF": (ome_tiff, by_info),
    "HDF5": (grid_writer(".h5"), by_info),
    "npy": (grid_writer(".npy"), by_info),
    "OME-Zarr 0.4": (zarr_04, by_info),
    "OME-Zarr 0.5": (grid_writer(".zarr"), by_info),
    "experiment": (experiment, by_experiment),
    "reflections": (reflections, by_reflections),
    "model": (model, by_model),
    "priors": (priors, by_command),
    "angles": (angles, by_angles),
    "manifest": (manifest, by_stages),
    "journal": (journal, by_journal),
}


# What is done to them.


def damage_bytes(path: Path, draw: Draw) -> str:
    """Truncate, flip, blank or repeat bytes; return what was done."""
    data = bytearray(path.read_bytes())
    size = max(1, len(data))
    way = draw.choice(
        ["cut", "flip", "flips", "blank", "repeat", "garbage", "empty"], p=[0.2, 0.25, 0.2, 0.15, 0.1, 0.05, 0.05]
    )
    place = int(draw.integers(size))
    if way == "cut":
        del data[place:]
    elif way in ("flip", "flips"):
        # Headers are at the beginning.
        for _ in range(1 if way == "flip" else 20):
            at = int(draw.integers(min(size, int(draw.choice([64, 512, 4096, size])))))
            data[at : at + 1] = bytes([int(draw.integers(256))])
    elif way == "blank":
        data[place : place + 64] = bytes(len(data[place : place + 64]))
    elif way == "repeat":
        data[place:place] = data[max(0, place - 256) : place]
    elif way == "garbage":
        data[:] = draw.bytes(300)
    else:
        data.clear()
    path.write_bytes(data)
    return f"{way} at {place}"


def odd_json(path: Path, draw: Draw) -> str:
    """Put an odd value in the place of some value of a JSON file."""
    if draw.random() < 0.1:
        deep = int(draw.choice([500, 100_000]))
        path.write_text(draw.choice(["[", '{"a":']) * deep)
        return f"{deep} brackets"
    record = json.loads(path.read_text())
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            places.append((node, key))
            if isinstance(value, dict | list):
                walk(value)

    walk(record)
    if not places:
        return damage_bytes(path, draw)
    done = []
    for _ in range(int(draw.integers(1, 3))):
        node, key = places[int(draw.integers(len(places)))]
        if draw.random() < 0.15 and isinstance(node, dict):
            node.pop(key, None)
            done.append(f"without {key}")
        else:
            node[key] = ODD[int(draw.integers(len(ODD)))]
            done.append(f"{key}={str(node[key])[:30]!r}")
    path.write_text(json.dumps(record))
    return ", ".join(done)


def odd_hdf5(path: Path, draw: Draw) -> str:
    """Put another thing in the place of a dataset, or odd attributes on it."""
    import h5py

    with h5py.File(path, "r+") as file:
        names: list[str] = []
        file.visititems(lambda name, node: names.append(name) if isinstance(node, h5py.Dataset) else None)
        name = str(draw.choice(sorted(names)))
        shape = file[name].shape
        way = int(draw.integers(18))
        if way < 4:
            attribute = draw.choice(["units", "axes", "signal", "voxel_size_um", "element_size_um", "NX_class"])
            holder = file[name] if draw.random() < 0.7 else file[name].parent
            values: tuple[Any, ...] = ("x" * 5000, np.nan, [1.0, -2, 3], "parsec", h5py.Empty("f4"), [b"\xff"], 1e300)
            holder.attrs[attribute] = values[int(draw.integers(len(values)))]
            return f"{attribute} of {name}"
        value = None if way > 13 else file[name][()]
        del file[name]
        if way == 4:
            return f"without {name}"
        if way == 5:
            file[name] = "text"
        elif way == 6:
            file[name] = np.full(shape, np.nan)
        elif way == 7:
            file[name] = np.zeros((0, *shape[1:]) if shape else (0,))
        elif way == 8:
            file[name] = np.asarray(value)[..., np.newaxis]
        elif way == 9:
            file.create_dataset(name, (40_000,) * max(1, len(shape)), "f4", chunks=(100,) * max(1, len(shape)))
        elif way == 10:
            file[name] = np.full(shape, 1 + 1j)
        elif way == 11:
            file[name] = np.zeros(shape, [("a", "i4"), ("b", "f8")])
        elif way == 12:
            file[name] = np.asarray(value).astype("f8") * 1e300 if np.asarray(value).dtype.kind in "iuf" else [1, 2]
        elif way == 13:
            file[name] = np.zeros(shape, bool)
        elif way == 14:
            file[name] = h5py.SoftLink("/" + name)
        elif way == 15:
            file[name] = h5py.ExternalLink(str(draw.choice(["gone.h5", path.name, "/etc/passwd", "/dev/zero"])), "/x")
        elif way == 16:
            file.create_group(name)
        else:
            file.create_dataset(name, shape or (1,), h5py.string_dtype())
    return f"way {way} for {name}"


def odd_tiff(path: Path, draw: Draw) -> str:
    """Write images that are no stack of voxel values, or whose headers say odd things."""
    import tifffile

    way = int(draw.integers(7))
    data = draw.integers(0, 900, (5, 7, 9)).astype("u2")
    if way == 0:
        tifffile.imwrite(
            path, data.astype(draw.choice(["c8", "?", "f8", "i8", "f2"])), photometric="minisblack", ome=False
        )
    elif way == 1:
        metadata = {"axes": "ZYX", "spacing": str(draw.choice(["-2", "nan", "2,0", "1e999", "x"])), "unit": "um"}
        tifffile.imwrite(path, data, imagej=True, resolution=(0, 1), metadata=metadata)
    elif way == 2:
        tifffile.imwrite(path, np.full((5, 7, 9), np.nan, "f4"), imagej=True, metadata={"axes": "ZYX"})
    elif way == 3:
        tifffile.imwrite(path, draw.integers(0, 9, (2, 3, 4, 7, 9)).astype("u1"), metadata={"axes": "TCZYX"}, ome=True)
    elif way == 4:
        with tifffile.TiffWriter(path) as writer:
            for length in (5, 7):
                writer.write(data[0, :length], contiguous=False)
    else:
        metadata = {"axes": "ZYX", "PhysicalSizeX": 1.0, "PhysicalSizeY": 1.0, "PhysicalSizeZ": 1.0}
        tifffile.imwrite(path, data, ome=True, metadata=metadata)
        text = tifffile.TiffFile(path).pages[0].description
        old, new = [
            ('SizeZ="5"', 'SizeZ="5000000"'),
            ('PhysicalSizeX="1.0"', 'PhysicalSizeX="-1e400"'),
            ('SizeX="9"', 'SizeX="abc"'),
            ("<TiffData", '<TiffData><UUID FileName="/dev/zero">urn:uuid:1</UUID></TiffData><TiffData'),
            ("<OME", '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]><OME'),
            ("</OME>", ""),
        ][int(draw.integers(6))]
        tifffile.imwrite(path, data, description=text.replace(old, new), metadata=None, photometric="minisblack")
    return f"image {way}"


def odd_arrays(path: Path, draw: Draw) -> str:
    """Write arrays of other types and shapes."""
    kind = str(draw.choice(["O", "U9", "c16", "?", "M8[s]", "V5", "f2", "i8", "f8"]))
    shape = tuple(int(length) for length in draw.choice([0, 1, 5, 7], int(draw.integers(0, 5))))
    array = np.full(shape, None, object) if kind == "O" else np.zeros(shape, kind)
    if path.suffix == ".npy":
        np.save(path, array, allow_pickle=True)
    else:
        arrays = {**scan_arrays(), str(draw.choice(["raw", "flat", "dark", "angles_deg", "energy_kev"])): array}
        (np.savez if draw.random() < 0.5 else np.savez_compressed)(path, allow_pickle=True, **arrays)
    return f"{kind} of {shape}"


def odd_text(path: Path, draw: Draw) -> str:
    """Change a word of a text, or put in a line that does harm."""
    lines = path.read_text().splitlines()
    place = int(draw.integers(len(lines)))
    odd = [
        *("- &a [1, 1]\n- *a", "[" * 5000, "!!timestamp 2001-99-99", "!!python/object/apply:os.mkdir [x]", "\0", "nan"),
        *("crack: [[[1]]]", "x" * 5000, "1e999", "- - -", "name: [", "? : :", "\t", "µ;1;2", "inf,inf", "a: 1\na: 2"),
        *("1" * 400, "0x1F", "{}", "sample: 5", "sample: [1]", "conditions: {photons: [5, 1e400]}", "!!float abc"),
    ]
    lines[place] = odd[int(draw.integers(len(odd)))]
    path.write_text("\n".join(lines))
    return f"line {place}: {lines[place][:30]!r}"


def damage(kind: str, path: Path, draw: Draw) -> str:
    """Damage a right input in one of the ways that fit it; return what was done."""
    files = sorted(file for file in ([path] if path.is_file() else path.rglob("*")) if file.is_file())
    if path.suffix == ".npy" and draw.random() < 0.4:
        files = [path.with_name(path.name + ".json")]
    file = files[int(draw.integers(len(files)))]
    if kind in ("folder of TIFF", "OME-Zarr 0.4", "OME-Zarr 0.5") and draw.random() < 0.1:
        file.unlink()
        return f"without {file.name}"
    if kind.startswith("OME-Zarr") and draw.random() < 0.6:
        described = [one for one in files if one.name in ("zarr.json", ".zattrs", ".zarray", ".zgroup")]
        file = described[int(draw.integers(len(described)))]
    ways: list[Callable[[Path, Draw], str]] = [damage_bytes]
    suffix = file.suffix
    if suffix in (".json", ".expt", ".journal") or file.name in (".zattrs", ".zarray", ".zgroup"):
        ways += [odd_json] * 3
    elif suffix in (".h5", ".nxs"):
        ways += [odd_hdf5] * 2
    elif suffix == ".tif":
        ways.append(odd_tiff)
    elif suffix in (".npy", ".npz"):
        ways.append(odd_arrays)
    elif suffix in (".yaml", ".csv", ".txt"):
        ways += [odd_text] * 2
    way = ways[int(draw.integers(len(ways)))]
    return f"{file.name}: {way(file, draw)}"


# The trial.


def trial(kind: str, number: int, right: Path, place: Path) -> tuple[str, str, str | None]:
    """Damage a copy of a right input and read it.

    Returns
    -------
    done, outcome : str
        What was done to it; "read" or "refused".
    fault : str or None
        What is wrong with how it was read or refused.
    """
    from napari_crystalseg.errors import CrystalSegError

    draw = np.random.default_rng([SEED, list(KINDS).index(kind), number])
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(right, place)
    built = next(iter(place.glob(_ROOT[kind])))
    done = damage(kind, built, draw)
    before = sorted(place.rglob("*"))
    begun, outcome, fault = time.process_time(), "read", None
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            KINDS[kind][1](built)
        except CrystalSegError as error:
            outcome = "refused"
            text = str(error).replace(str(place), "")
            if len(text) >= LONGEST or "\n" in text or "(unexpected;" in text or not text.strip():
                fault = f"no sentence: {text[:600]}"
        except Exception as error:
            fault = f"{type(error).__name__}: {error}"[:300]
    noise = [one for one in heard if not issubclass(one.category, DeprecationWarning | ResourceWarning)]
    if noise and fault is None:
        fault = f"noise: {noise[0].category.__name__}: {noise[0].message}"[:300]
    if sorted(place.rglob("*")) != before and fault is None:
        fault = f"left over: {set(place.rglob('*')) ^ set(before)}"
    if time.process_time() - begun > MOST_SECONDS and fault is None:
        fault = f"took {time.process_time() - begun:.0f} s of computing"
    return done, outcome, fault


_ROOT = {
    **dict.fromkeys(KINDS, "*"),
    "npy": "*.npy",
    "manifest": "out/manifest.json",
    "journal": "*.journal",
}


def trials(kind: str, count: int) -> tuple[int, int, list[str]]:
    """Read the right input of a kind, which must open, then so many malformed ones.

    Returns
    -------
    read, refused : int
        How many were read in spite of all, and how many refused.
    faults : list of str
    """
    faults, outcomes = [], {"read": 0, "refused": 0}
    with tempfile.TemporaryDirectory() as name:
        right = Path(name) / "right"
        right.mkdir()
        KINDS[kind][1](KINDS[kind][0](right))
        held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for number in range(count):
            done, outcome, fault = trial(kind, number, right, Path(name) / "input")
            outcomes[outcome] += 1
            if fault is not None:
                faults.append(f"{kind} {number} ({done}): {fault}")
        grown = 1024 * (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - held)
        if grown > MOST_BYTES:
            faults.append(f"{kind}: memory grew by {grown / 1e9:.1f} GB")
    return outcomes["read"], outcomes["refused"], faults


def main() -> int:
    if len(sys.argv) == 3:
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
        print(json.dumps(trials(sys.argv[1], int(sys.argv[2]))))
        return 0
    count = int(sys.argv[1]) if len(sys.argv) == 2 else 40
    total, faults = np.zeros(2, int), []
    for kind in KINDS:
        begun = time.monotonic()
        command = [sys.executable, __file__, kind, str(count)]
        run = subprocess.run(command, capture_output=True, text=True, env=dict(os.environ))
        if run.returncode:
            faults.append(f"{kind}: the process ended with {run.returncode}: {run.stderr[-300:]}")
            continue
        read, refused, found = json.loads(run.stdout.splitlines()[-1])
        if run.stderr.strip():
            found.append(f"{kind}: noise on stderr: {run.stderr.strip()[:300]}")
        total += (read, refused)
        faults += found
        print(
            f"{kind}: {read} read, {refused} refused, {len(found)} faults, {time.monotonic() - begun:.0f} s", flush=True
        )
    print(f"{total.sum()} malformed inputs: {total[0]} read, {total[1]} refused, {len(faults)} faults")
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
