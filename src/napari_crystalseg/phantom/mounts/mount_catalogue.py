"""Mounts of the sizes that are sold, stem along +z about the middle of the field.

The sizes are those of the makers' catalogues as the authors remember them, not measured: nylon loops (Hampton Research
CryoLoops) of 10 and 20 µm fibre in openings from 50 µm to 1 mm; polyimide mounts (MiTeGen MicroMounts and MicroMeshes;
Thorne et al., J. Appl. Cryst. 36 (2003) 1455) about 10 µm thick, bent to about the radius of the pin that carries them,
0.64 mm thick. Rims, necks and the nylon's pitch are estimates from pictures. Put one in its place with
:func:`dataclasses.replace` on ``rotation`` and ``centre_um``.
"""

from __future__ import annotations

from .nylon_loop import NylonLoop
from .pin import Pin
from .sheet_mount import MicroMesh, SheetMount

_PIN_RADIUS_UM = 320.0

MOUNTS: dict[str, NylonLoop | SheetMount | MicroMesh | Pin] = {
    "nylon-10-100": NylonLoop(100, 10),
    "nylon-20-100": NylonLoop(100, 20),
    "nylon-20-200": NylonLoop(200, 20),
    "nylon-20-300": NylonLoop(300, 20),
    "nylon-20-500": NylonLoop(500, 20),
    "sheet-50": SheetMount(50, 20, 10, _PIN_RADIUS_UM, neck_width_um=40),
    "sheet-100": SheetMount(100, 25, 10, _PIN_RADIUS_UM, neck_width_um=60),
    "sheet-200": SheetMount(200, 30, 10, _PIN_RADIUS_UM, neck_width_um=90),
    "sheet-300": SheetMount(300, 40, 10, _PIN_RADIUS_UM, neck_width_um=120),
    "mesh-400-10": MicroMesh(400, 25, 10, 10, 10, _PIN_RADIUS_UM),
    "mesh-700-25": MicroMesh(700, 40, 25, 15, 10, _PIN_RADIUS_UM, neck_width_um=150),
    "pin": Pin(2 * _PIN_RADIUS_UM),
    "hollow-pin": Pin(2 * _PIN_RADIUS_UM, bore_um=460),
}
"""Mounts by kind and sizes in µm: fibre and opening, aperture, head and opening."""
