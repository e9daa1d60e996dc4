"""crystalseg diffraction hits, and its commands train and evaluate"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from ....errors import InputError
from ...console import shown_progress
from ...options import Seed

FIND = "find"


class Finder(StrEnum):
    """What tells hits."""

    PEAKS = "peaks"
    NETWORK = "network"


class Cell(StrEnum):
    """Cells of simulated crystals."""

    FILE = "proteinase-k"
    PRINTED = "proteinase-k-as-printed"


class _ImagesAreFound(TyperGroup):
    """``hits IMAGES...`` is ``hits find IMAGES...``: what is not the name of a command is an image."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, "-h", "--help"):
            args = [FIND, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(cls=_ImagesAreFound, rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def _hits() -> None:
    """Which images are hits: hits IMAGES..., or train and evaluate networks of hits."""


@app.command(FIND, short_help="Which images are hits (the default: hits IMAGES...).")
def find(
    images: Annotated[
        list[Path], typer.Argument(help="Images or stacks: CBF, HDF5/NeXus, TIFF …; lists of them (.lst), too.")
    ],
    finder: Annotated[Finder, typer.Option("--finder", help="Peaks of all strengths, or the bundled network.")] = (
        Finder.PEAKS
    ),
    hit_rate: Annotated[
        float, typer.Option("--hit-rate", help="Part of the images that are hits, as far as you know before.")
    ] = 0.5,
    hits_list: Annotated[
        Path | None, typer.Option("--hits-list", help="Write the hits as a list that CrystFEL takes: .lst.")
    ] = None,
    misses_list: Annotated[Path | None, typer.Option("--misses-list", help="Write the misses likewise: .lst.")] = None,
    table: Annotated[Path | None, typer.Option("--table", help="Write a row for each image: .csv.")] = None,
    json_out: Annotated[
        Path | None, typer.Option("--json", help="Write all figures, spots too, and where they came from: .json.")
    ] = None,
    binned: Annotated[bool, typer.Option("--binned", help="Binned images, in which a spot may be one pixel.")] = False,
    check: Annotated[
        bool, typer.Option("--check/--no-check", help="Hold energy and distance of the header against the image.")
    ] = True,
    distance_mm: Annotated[float | None, typer.Option("--distance-mm", help="In place of the header's, mm.")] = None,
    pixel_size_um: Annotated[
        float | None, typer.Option("--pixel-size-um", help="In place of the header's, µm.")
    ] = None,
    energy_kev: Annotated[float | None, typer.Option("--energy-kev", help="In place of the header's, keV.")] = None,
    model: Annotated[
        Path | None, typer.Option("--model", help="Folder of networks of hits; the bundled one by default.")
    ] = None,
) -> None:
    """Tell which images are hits, count their spots, and say whether their headers agree with them."""
    from ....io import check_outputs
    from ....workflows.hits.find_hits import HitSearch, find_hits, listed_images
    from ....workflows.hits.hit_files import write_hit_files

    for path, suffix in ((hits_list, ".lst"), (misses_list, ".lst"), (table, ".csv"), (json_out, ".json")):
        if path is not None and path.suffix.lower() != suffix:
            raise InputError(f"{path} is not named as what is written to it: name a file that ends in {suffix}.")
    check_outputs([hits_list, misses_list, table, json_out], list(images))
    search = HitSearch(
        finder.value,
        hit_rate,
        binned,
        check,
        distance_mm,
        None if pixel_size_um is None else pixel_size_um / 1000,
        energy_kev,
        model,
    )
    listed = listed_images(images)
    with shown_progress() as progress:
        judged = list(find_hits(listed, search, progress))
    write_hit_files(judged, search, hits=hits_list, misses=misses_list, table=table, record=json_out)
    for one in judged:
        said = "hit " if one.hit.hit else "miss"
        where = f"{one.path.name}" + (f" {one.number}" if one.count > 1 else "")
        spots = f"{one.hit.n_spots} spots" + (f", {n} of ice" if (n := int(one.hit.spots.on_ring.sum())) else "")
        limit = "" if one.resolution_a is None else f" to {one.resolution_a:.2f} Å"
        print(f"{said} {one.hit.probability:.3f}  {where}: {spots}{limit}")
    number = sum(one.hit.hit for one in judged)
    name = "peaks of all strengths" if finder is Finder.PEAKS else "the network"
    print(f"{number} of {len(judged)} {'image is a hit' if len(judged) == 1 else 'images are hits'}, by {name}.")
    for sentence in dict.fromkeys(one.check.sentence for one in _telling(judged)):
        print(sentence)


def _telling(judged: list[Any]) -> list[Any]:
    """Those whose header is contradicted, or else the brightest that says something, or else the first."""
    checked = [one for one in judged if one.check is not None]
    wrong = [one for one in checked if one.check.verdict == "disagrees"]
    right = [one for one in checked if one.check.verdict == "agrees"]
    return wrong[:3] or right[:1] or checked[:1]


@app.command("train", short_help="Train networks of hits on simulated images.")
def train(
    out_model: Annotated[Path, typer.Argument(help="Folder of networks to write.")],
    pairs: Annotated[int, typer.Option("--pairs", min=9, help="Pairs of a hit and a miss that is as bright.")] = 900,
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="Passes over them.")] = 12,
    minutes: Annotated[float, typer.Option("--minutes", min=0.1, help="Longest training of the hit network.")] = 8.0,
    cell: Annotated[Cell, typer.Option("--cell", help="That of 1IC6's file, or the one printed in the paper.")] = (
        Cell.FILE
    ),
    seed: Seed = 0,
) -> None:
    """Simulate stills of a compact source and train the networks of hits, energy and distance on them."""
    from ....diffraction.hits.examples.hit_conditions import HitConditions
    from ....diffraction.hits.networks.hit_networks import CARD, WEIGHTS
    from ....diffraction.hits.networks.train_networks import train_hit_networks
    from ....io import check_folder_of_results, writing_into

    check_folder_of_results(out_model, [])
    with writing_into(out_model), shown_progress() as progress:
        made = train_hit_networks(
            out_model,
            HitConditions(lattice=cell.value),
            pairs=pairs,
            epochs=epochs,
            minutes=minutes,
            seed=seed,
            progress=progress,
        )
    print(f"{made.path}: {WEIGHTS} and {CARD}, {made.card['minutes']:g} minutes, last loss {made.card['last_loss']:g}")


@app.command("evaluate", short_help="How well hits are told, at the usual flux and at less.")
def evaluate(
    json_out: Annotated[Path | None, typer.Option("--json", help="Also write all figures: .json.")] = None,
    text_out: Annotated[Path | None, typer.Option("--text", help="Also write the tables: .txt.")] = None,
    pairs: Annotated[int, typer.Option("--pairs", min=3, help="Pairs of a hit and a miss at each flux.")] = 36,
    training_pairs: Annotated[
        int,
        typer.Option(
            "--training-pairs",
            min=0,
            help="Pairs by which three networks of the paper are trained anew at each flux; 0 for none.",
        ),
    ] = 108,
    others: Annotated[
        bool, typer.Option("--others/--no-others", help="Ask images of another detector, cell and background, too.")
    ] = True,
    cell: Annotated[Cell, typer.Option("--cell", help="That of 1IC6's file, or the one printed in the paper.")] = (
        Cell.FILE
    ),
    model: Annotated[
        Path | None, typer.Option("--model", help="Folder of networks of hits; the bundled one by default.")
    ] = None,
    seed: Seed = 0,
) -> None:
    """Let peaks and networks tell hits from misses that are as bright, at the usual flux, a tenth and a fortieth."""
    from ....diffraction.hits.evaluation.evaluate_finders import evaluate_finders
    from ....diffraction.hits.examples.hit_conditions import HitConditions
    from ....diffraction.hits.networks.hit_networks import HitNetworks
    from ....io import check_outputs, save_json, write_text
    from ....provenance import package_version

    if json_out is not None and json_out.suffix.lower() != ".json":
        raise InputError(f"{json_out} is not a JSON file: name one that ends in .json.")
    check_outputs([json_out, text_out], [])
    networks = HitNetworks() if model is None else HitNetworks(model)
    conditions = HitConditions(lattice=cell.value)
    with shown_progress() as progress:
        found = evaluate_finders(
            networks,
            conditions,
            pairs=pairs,
            training_pairs=training_pairs,
            others=others,
            seed=seed,
            progress=progress,
        )
    if json_out is not None:
        settings = {"pairs": pairs, "training_pairs": training_pairs, "cell": cell.value, "seed": seed}
        save_json(
            {
                **found.to_dict(),
                "software_version": package_version(),
                "model_sha256": networks.sha256,
                "settings": settings,
            },
            json_out,
        )
    if text_out is not None:
        write_text(text_out, found.text())
    print(found.text(), end="")
