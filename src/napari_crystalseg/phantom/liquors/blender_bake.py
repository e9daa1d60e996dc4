"""Bake of a liquid with Blender's fluid engine, a program of its own.

``python -P blender_bake.py JOB.npz RESULT.npz`` reads meshes, bakes, writes the liquid's mesh and ends. It imports
nothing of this package: a process that has baked cannot end in the ordinary way, so that it never is the caller's.
"""

from __future__ import annotations

import ctypes
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from types import ModuleType
from typing import Any

import numpy as np

FRAMES_PER_SECOND = 24


def main(job_file: str, result_file: str) -> None:
    """Bake what ``job_file`` tells, write vertices and triangles of the liquid into ``result_file``."""
    with np.load(job_file, allow_pickle=False) as file:
        job = dict(file)
    bpy = _blender()
    vertices, triangles = _bake(bpy, job, os.path.dirname(os.path.abspath(result_file)))
    np.savez(result_file, vertices=vertices, triangles=triangles)
    sys.stderr.flush()
    # Blender's own clearing up aborts after a bake.
    os._exit(0)


def _blender() -> Any:
    # The fluid engine's module `manta`, made while bpy is imported, lacks its base classes, which are registered
    # later, and a bake fails ('LevelsetGrid' object has no attribute 'setConst'). Made again when the engine asks for
    # it, it is whole. The first one has to stay alive.
    library = importlib.util.find_spec("bpy").origin  # type: ignore[union-attr]
    import bpy

    bpy.first_manta = sys.modules.pop("manta", None)

    class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
        def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
            return importlib.machinery.ModuleSpec("manta", self) if name == "manta" else None

        def create_module(self, spec: Any) -> ModuleType:
            start = ctypes.PyDLL(library).PyInit_manta_main
            start.restype = ctypes.py_object
            module: ModuleType = start()
            return module

        def exec_module(self, module: ModuleType) -> None:
            pass

    sys.meta_path.insert(0, Finder())
    return bpy


def _bake(bpy: Any, job: dict[str, np.ndarray], folder: str) -> tuple[np.ndarray, np.ndarray]:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    frames = int(job["frames"])
    scene.frame_start, scene.frame_end = 1, frames
    scene.render.fps = FRAMES_PER_SECOND
    scene.gravity = job["gravity"].tolist()

    low, high = job["box"]
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)]) * (high - low) + low
    sides = [[0, 1, 3, 2], [4, 6, 7, 5], [0, 4, 5, 1], [2, 3, 7, 6], [0, 2, 6, 4], [1, 5, 7, 3]]
    domain = _mesh_object(bpy, "field", corners, np.array(sides))
    modifier = domain.modifiers.new("Fluid", "FLUID")
    modifier.fluid_type = "DOMAIN"
    settings = modifier.domain_settings
    settings.domain_type = "LIQUID"
    settings.cache_directory = folder
    settings.cache_type = "ALL"
    settings.cache_frame_start, settings.cache_frame_end = 1, frames
    settings.resolution_max = int(job["resolution"])
    settings.use_mesh = True
    settings.use_diffusion = True
    settings.surface_tension = float(job["surface_tension"])
    # Kinematic viscosity is given as value x 10^-exponent.
    exponent = max(0, int(np.ceil(-np.log10(max(float(job["viscosity"]), 1e-10)))))
    settings.viscosity_base = float(job["viscosity"]) * 10.0**exponent
    settings.viscosity_exponent = exponent

    drop = _mesh_object(bpy, "drop", job["drop_vertices"], job["drop_triangles"])
    modifier = drop.modifiers.new("Fluid", "FLUID")
    modifier.fluid_type = "FLOW"
    modifier.flow_settings.flow_type = "LIQUID"
    modifier.flow_settings.flow_behavior = "GEOMETRY"
    for name in ("crystal", "mount"):
        if not len(job[f"{name}_triangles"]):
            continue
        solid = _mesh_object(bpy, name, job[f"{name}_vertices"], job[f"{name}_triangles"])
        modifier = solid.modifiers.new("Fluid", "FLUID")
        modifier.fluid_type = "EFFECTOR"
        modifier.effector_settings.effector_type = "COLLISION"

    bpy.context.view_layer.objects.active = domain
    domain.select_set(True)
    bpy.ops.fluid.bake_all()
    scene.frame_set(frames)
    baked = domain.evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = baked.to_mesh()
    mesh.calc_loop_triangles()
    vertices = np.empty(3 * len(mesh.vertices), dtype=np.float32)
    mesh.vertices.foreach_get("co", vertices)
    triangles = np.empty(3 * len(mesh.loop_triangles), dtype=np.int32)
    mesh.loop_triangles.foreach_get("vertices", triangles)
    return vertices.reshape(-1, 3), triangles.reshape(-1, 3)


def _mesh_object(bpy: Any, name: str, vertices: np.ndarray, faces: np.ndarray) -> Any:
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(vertices.tolist(), [], faces.tolist())
    mesh.update()
    body = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(body)
    return body


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
