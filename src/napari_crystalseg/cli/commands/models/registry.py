"""crystalseg models"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ....errors import InputError
from ...console import shown_progress
from ...model_choice import registry_of

if TYPE_CHECKING:
    from ....segmentation.model_folders.registered_model import RegisteredModel

models = typer.Typer(
    name="models", rich_markup_mode=None, short_help="Segmentation models: listed, installed, verified."
)

_Place = Annotated[
    Path | None,
    typer.Option(
        "--models-folder", help="Folder of models; that of CRYSTALSEG_MODELS, else the user's own by default."
    ),
]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON instead.")]
_Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of a model.")]


@models.callback(no_args_is_help=True)
def of_models() -> None:
    """Segmentation models that --model takes by name: listed, shown, verified, installed and removed."""


@models.command("list", short_help="Models that there are.")
def list_models(models_folder: _Place = None, as_json: _Json = False) -> None:
    """List the models that come with the package, that were installed, and that were put there by hand."""
    found = registry_of(models_folder).models()
    if as_json:
        known = [_listed(one) for one in found]
        print(json.dumps(known, indent=1))
        return
    width = max(len(one.name) for one in found) if found else 0
    for one in found:
        if one.problem:
            print(f"{one.name:{width}}  {one.origin:9}  cannot be used: {one.problem}")
            continue
        voxels = one.folder.voxel_range_um
        sizes = "" if voxels is None else f", voxels {voxels[0]:g}–{voxels[1]:g} µm"
        print(f"{one.name:{width}}  {one.origin:9}  {one.sees}{sizes}, {one.stages}, {one.size_bytes() / 1e6:.1f} MB")


@models.command(short_help="The card of a model.")
def show(name: _Name, models_folder: _Place = None, as_json: _Json = False) -> None:
    """Show what a model was made for, on what it was trained, what it reaches, where it fails, and its hashes."""
    from ....segmentation.model_folders.card_page import card_page

    model = registry_of(models_folder).find(name)
    if as_json:
        print(json.dumps(model.to_dict(), indent=1, ensure_ascii=False))
        return
    for number, section in enumerate(card_page(model)):
        print(("\n" if number else "") + section.title)
        table = [row for row in (section.header, *section.rows) if row]
        widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))] if table else []
        for row in table:
            print("  " + "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
        for text in section.notes:
            print(f"  {text}")


@models.command(short_help="Is a model what its card says?")
def verify(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Models; all by default.")] = None,
    models_folder: _Place = None,
    as_json: _Json = False,
) -> None:
    """Check files, hashes, networks and weights of models against their cards; nothing in a model is run."""
    from ....segmentation.model_folders.model_verification import verify as checks_of

    registry = registry_of(models_folder)
    chosen = [registry.find(name) for name in names] if names else registry.models()
    checked = {model.name: checks_of(model.path) for model in chosen}
    if as_json:
        print(json.dumps({name: [one.to_dict() for one in checks] for name, checks in checked.items()}, indent=1))
    else:
        signs = {"right": " ", "wrong": "!", "unknown": "?"}
        for name, checks in checked.items():
            print(name)
            for one in checks:
                print(f"{signs[one.outcome]} {one.name}: {one.text}")
    if wrong := [name for name, checks in checked.items() if any(one.outcome == "wrong" for one in checks)]:
        raise InputError(f"Not to be used: {', '.join(wrong)}.")


@models.command(short_help="Install a model.")
def install(
    source: Annotated[
        Path, typer.Argument(help="Model folder, or a .zip, .tar or .tar.gz of one, as nnU-Net exports.")
    ],
    name: Annotated[str | None, typer.Option("--name", help="What to call it; by default as its card does.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace an installed model of that name.")] = False,
    models_folder: _Place = None,
    as_json: _Json = False,
) -> None:
    """Install a model under a name, whole or not at all, after it was verified; nothing in it is run."""
    with shown_progress() as progress:
        model, told = registry_of(models_folder).install(source, name, replace=replace, progress=progress)
    if as_json:
        print(json.dumps({**_brief(model.to_dict()), "told": list(told)}, indent=1))
        return
    for text in told:
        typer.echo(text, err=True)
    print(f"{model.name}: {model.path}")


@models.command(short_help="Remove an installed model.")
def remove(name: _Name, models_folder: _Place = None, as_json: _Json = False) -> None:
    """Remove a model that was installed; any other folder stays."""
    path = registry_of(models_folder).remove(name)
    print(json.dumps({"removed": str(path)}) if as_json else f"Removed {path}")


def _listed(model: RegisteredModel) -> dict[str, object]:
    """What is known of a model, or why it cannot be used."""
    known: dict[str, object] = {"name": model.name, "origin": model.origin, "folder": str(model.path)}
    problem = model.problem
    return {**known, "problem": problem, **({} if problem else _brief(model.to_dict()))}


def _brief(known: dict[str, object]) -> dict[str, object]:
    """What is known of a model without the whole of its card."""
    return {key: value for key, value in known.items() if key != "card"}
