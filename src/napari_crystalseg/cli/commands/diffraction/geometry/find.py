"""crystalseg diffraction geometry IMAGE…"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from .....errors import CrystalSegError, InputError


def command(
    images: Annotated[list[Path], typer.Argument(help="Diffraction images: CBF, TIFF, HDF5 or NeXus.")],
    number: Annotated[int, typer.Option("--image", min=1, help="Which image of a stack.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, an object for each image.")] = False,
    export: Annotated[
        str | None, typer.Option("--export", metavar="poni|expt|xds", help="Also write the geometry beside each image.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for --export, in place of the image's.")] = None,
    distance_mm: Annotated[float | None, typer.Option("--distance-mm", help="In place of the header's.")] = None,
    pixel_size_um: Annotated[float | None, typer.Option("--pixel-size-um", help="In place of the header's.")] = None,
    wavelength: Annotated[float | None, typer.Option("--wavelength", help="In place of the header's, Å.")] = None,
    networks: Annotated[Path | None, typer.Option("--networks", help="Folder of networks; the bundled ones.")] = None,
    no_network: Annotated[bool, typer.Option("--no-network", help="Do without the networks.")] = False,
    picture: Annotated[
        Path | None, typer.Option("--picture", metavar="OUT.png", help="Also draw the image with rings and answers.")
    ] = None,
) -> None:
    """Find where the beam meets the detector and how it leans, from single images, and compare with their headers."""
    from .....diffraction.geometry.export.files import FORMATS, save_geometry
    from .....diffraction.geometry.find_geometry import find_geometry
    from .....io import check_outputs, replacing
    from .....io.diffraction_images import open_diffraction_image
    from ....options import check_png

    if export is not None and export not in FORMATS:
        raise InputError(f"--export is {', '.join(FORMATS)}, not '{export}'.")
    if no_network and networks is not None:
        raise InputError("--networks names a folder of networks, and --no-network does without: leave one out.")
    if picture is not None and len(images) > 1:
        raise InputError("--picture is drawn of one image: name one.")
    check_png(picture, "--picture")
    outputs = [
        (path.parent if out is None else out) / f"{path.stem}{FORMATS[export]}" if export is not None else None
        for path in images
    ]
    if len({one for one in outputs if one is not None}) < sum(one is not None for one in outputs):
        raise InputError("Two of the images would be exported to the same file: export them one by one, with --out.")
    check_outputs([*outputs, picture], images)
    found_all: list[dict[str, Any]] = []
    failures: list[str] = []
    for path, output in zip(images, outputs, strict=True):
        try:
            image = open_diffraction_image(path, number)
            found = find_geometry(
                image,
                distance_mm=distance_mm,
                pixel_size_mm=None if pixel_size_um is None else pixel_size_um / 1000,
                wavelength_angstrom=wavelength,
                networks=False if no_network else networks,
            )
            if output is not None and export is not None:
                save_geometry(found.geometry, image, output, export)
            if picture is not None:
                from .....pictures.geometry_picture import geometry_png

                with replacing(picture) as temporary:
                    temporary.write_bytes(geometry_png(image, found))
        except CrystalSegError as error:
            # Of several images one that cannot be used does not keep the others from being told.
            if len(images) == 1:
                raise
            failures.append(str(error))
            found_all.append({"image": str(path), "error": str(error)})
            if not as_json:
                typer.echo(f"{path.name}: {error}", err=True)
            continue
        found_all.append({"image": str(path), **found.to_dict()})
        if not as_json:
            _tell(path, found, several=len(images) > 1)
            if output is not None:
                print(f"  written: {output}")
    if as_json:
        import json

        print(json.dumps(found_all[0] if len(images) == 1 else found_all, indent=1))
    if failures:
        raise InputError(f"{len(failures)} of {len(images)} images could not be used; the first: {failures[0]}")


def _tell(path: Path, found: Any, several: bool) -> None:
    from .....texts.printable import printable

    fast, slow = found.geometry.beam_centre_px
    sure = "" if found.sigma_px is None else f" ± {found.sigma_px:.1f}"
    print(printable(f"{path.name}: " if several else ""), end="")
    print(f"beam centre ({fast:.2f}, {slow:.2f}) px (fast, slow){sure}, by {found.taken}")
    for one in found.answers:
        doubt = "" if one.usable else "  not to be used"
        width = "" if one.sigma_px is None else f" ± {one.sigma_px:.1f}"
        place = f"({one.beam_centre_px[0]:.2f}, {one.beam_centre_px[1]:.2f})"
        print(printable(f"  {one.name:<10} {place}{width}{doubt}" + (f"  {one.remark}" if one.remark else "")))
    about = found.to_dict()
    for name, words in (("about_beam", "about the beam's point"), ("about_sample", "about the sample")):
        where = about[name]
        print(
            f"  {words}: centre ({where['centre_px'][0]:.2f}, {where['centre_px'][1]:.2f}) px, "
            f"distance {where['distance_mm']:.3f} mm, pitch {where['pitch_deg']:.3f}°, yaw {where['yaw_deg']:.3f}°"
        )
    for sentence in found.sentences:
        print(printable(f"- {sentence}"))
