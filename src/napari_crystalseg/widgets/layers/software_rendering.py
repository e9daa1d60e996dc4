"""Whether OpenGL is drawn by the processor, as on a remote desktop: then 3-D takes seconds a frame."""

from __future__ import annotations

from functools import cache
from typing import Any

COARSE_GRID = 40
"""Voxels a side of a preview that is drawn so."""

SLOW_IN_3D = "Without a graphics card a view in 3-D takes seconds to draw; the 2D/3D button below the layers goes back."

_SOFTWARE = ("llvmpipe", "softpipe", "swrast", "swiftshader", "software rasterizer", "gdi generic")


def draws_in_software(viewer: Any) -> bool:
    """Whether the window of a viewer is drawn by the processor; False where there is no window, or none can tell."""
    return hasattr(viewer, "window") and any(name in _renderer().lower() for name in _SOFTWARE)


@cache
def _renderer() -> str:
    try:
        from napari._vispy.utils.gl import _opengl_context
        from vispy.gloo import gl

        with _opengl_context():
            return str(gl.glGetParameter(gl.GL_RENDERER) or "")
    except Exception:  # not told to plugins: another napari may have it elsewhere
        return ""
