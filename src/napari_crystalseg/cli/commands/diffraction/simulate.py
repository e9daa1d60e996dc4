"""crystalseg diffraction simulate"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from ....errors import InputError
from ...console import shown_progress, tell_assumptions
from ...option_groups import GivenCoefficients, with_groups
from ...options import Axes, Dataset, VoxelSize


@dataclass(frozen=True)
class GivenBeam:
    """The beam, as it is given on the command line: keV, photons/s, µm, mrad; bandwidth and polarisation are parts."""

    energy_kev: Annotated[float | None, typer.Option("--energy-kev", help="Photon energy, keV; 12.4 by default.")] = (
        None
    )
    flux: Annotated[float | None, typer.Option("--flux", help="Photons a second in the beam; 1e12 by default.")] = None
    beam_um: Annotated[float | None, typer.Option("--beam-um", help="Width of the beam, µm; 100 by default.")] = None
    bandwidth: Annotated[
        float | None, typer.Option("--bandwidth", help="Energies, full width over the energy; 1.4e-4 by default.")
    ] = None
    divergence_mrad: Annotated[
        float | None, typer.Option("--divergence-mrad", help="Directions, full width; 0.1 by default.")
    ] = None
    polarisation: Annotated[
        float | None, typer.Option("--polarisation", help="Polarisation fraction, 0.5 for none; 0.99 by default.")
    ] = None


@with_groups
def command(
    out_dir: Annotated[Path, typer.Argument(help="Folder to write: images, experiment list, truth.")],
    given_beam: GivenBeam,
    given: GivenCoefficients,
    crystal: Annotated[
        str, typer.Option("--crystal", help="Crystal form: lysozyme, thermolysin, thaumatin, insulin, proteinase-k …")
    ] = "lysozyme",
    model: Annotated[
        Path | None, typer.Option("--model", help="PDB or mmCIF file whose structure factors are taken, with solvent.")
    ] = None,
    experiment: Annotated[
        Path | None, typer.Option("--experiment", help="DIALS .expt whose geometry, scan and crystal are taken.")
    ] = None,
    detector: Annotated[
        str, typer.Option("--detector", help="pilatus-2m, -6m, -12m, eiger-4m, -9m, -16m or eiger-4m-2069x2163.")
    ] = "eiger-4m",
    distance_mm: Annotated[float, typer.Option("--distance-mm", help="Sample to detector, mm.")] = 150.0,
    beam_centre_px: Annotated[
        tuple[float, float] | None,
        typer.Option("--beam-centre-px", help="Where the beam meets the detector, fast and slow; its middle."),
    ] = None,
    two_theta_deg: Annotated[float, typer.Option("--two-theta-deg", help="Turn of the detector's arm.")] = 0.0,
    tilt_deg: Annotated[
        tuple[float, float], typer.Option("--tilt-deg", help="Tilt of the detector, pitch and yaw.")
    ] = (0.0, 0.0),
    images: Annotated[int | None, typer.Option("--images", min=1, help="How many; 10 by default.")] = None,
    width_deg: Annotated[float, typer.Option("--width-deg", help="Width of an image.")] = 0.1,
    start_deg: Annotated[float, typer.Option("--start-deg", help="Scan angle at the start.")] = 0.0,
    exposure_s: Annotated[float, typer.Option("--exposure-s", help="Exposure of an image, s.")] = 0.1,
    stills: Annotated[bool, typer.Option("--stills", help="Still images, each of another orientation.")] = False,
    empty: Annotated[float, typer.Option("--empty", help="Part of stills without a crystal.")] = 0.0,
    d_min: Annotated[
        float | None, typer.Option("--d-min", help="Resolution limit, Å; the detector's corner by default.")
    ] = None,
    b_factor: Annotated[float, typer.Option("--b-factor", help="Temperature factor of drawn intensities, Å².")] = 20.0,
    anomalous: Annotated[
        float, typer.Option("--anomalous", help="Mean anomalous difference over the mean F of drawn intensities.")
    ] = 0.0,
    crystal_um: Annotated[float, typer.Option("--crystal-um", help="Edge of the crystal, µm.")] = 50.0,
    mosaicity_deg: Annotated[float, typer.Option("--mosaicity-deg", help="Spread of its blocks, one sigma.")] = 0.05,
    block_um: Annotated[float, typer.Option("--block-um", help="Size of its blocks, µm.")] = 1.0,
    background: Annotated[str, typer.Option("--background", help="typical, random or none.")] = "typical",
    background_scale: Annotated[float, typer.Option("--background-scale", help="Background times this.")] = 1.0,
    no_beam_stop: Annotated[bool, typer.Option("--no-beam-stop", help="Without a beam stop.")] = False,
    ideal: Annotated[bool, typer.Option("--ideal", help="Mean counts: no noise, no hot or dead pixels.")] = False,
    form: Annotated[
        str | None, typer.Option("--format", help="cbf or hdf5 (NXmx); by default as the detector writes.")
    ] = None,
    labels: Annotated[
        Path | None, typer.Option("--labels", help="True labels of the sample: each reflection is weakened by its A.")
    ] = None,
    voxel_size_um: VoxelSize = None,
    axes: Axes = None,
    dataset: Dataset = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same bytes.")] = 0,
    json_out: Annotated[Path | None, typer.Option("--json", help="Also write what was simulated: .json.")] = None,
) -> None:
    """Simulate diffraction images with their truth: a rotation scan, or stills."""
    from ....io import check_outputs, open_labels, save_json
    from ....workflows.simulate_diffraction.diffraction_request import DiffractionRequest
    from ....workflows.simulate_diffraction.simulate_diffraction import simulate_diffraction

    if json_out is not None and json_out.suffix.lower() != ".json":
        raise InputError(f"{json_out} is not a JSON file: name one that ends in .json.")
    if json_out is not None and out_dir.resolve() in json_out.resolve().parents:
        raise InputError(f"{json_out} lies in the folder that is written anew: name one beside {out_dir}.")
    check_outputs([json_out], [labels, model, experiment, given.coefficients])
    width = given_beam.beam_um
    beam = {
        "energy_kev": given_beam.energy_kev,
        "flux_per_s": given_beam.flux,
        "size_um": None if width is None else (width, width),
        "bandwidth": given_beam.bandwidth,
        "divergence_mrad": given_beam.divergence_mrad,
        "polarisation_fraction": given_beam.polarisation,
    }
    request = DiffractionRequest(
        crystal=crystal,
        model=model,
        experiment=experiment,
        stills=stills,
        images=images,
        start_deg=start_deg,
        width_deg=width_deg,
        exposure_s=exposure_s,
        detector=detector,
        distance_mm=distance_mm,
        beam_centre_px=beam_centre_px,
        two_theta_deg=two_theta_deg,
        pitch_yaw_deg=tilt_deg,
        beam={name: value for name, value in beam.items() if value is not None},
        d_min=d_min,
        b_factor=b_factor,
        anomalous_ratio=anomalous,
        crystal_um=crystal_um,
        mosaicity_deg=mosaicity_deg,
        block_um=block_um,
        empty_part=empty,
        background=background,
        background_scale=background_scale,
        beam_stop=not no_beam_stop,
        ideal=ideal,
        seed=seed,
    )
    sample = None
    if labels is not None:
        sample = open_labels(labels, voxel_size_um=voxel_size_um, axes=axes, dataset=dataset)
        tell_assumptions(sample.provenance)
    coefficients = given.known()
    with shown_progress() as progress:
        made = simulate_diffraction(
            out_dir, request, form=form, labels=sample, coefficients=coefficients, progress=progress
        )
    if json_out is not None:
        save_json({"folder": str(made.folder), **made.figures, "statements": list(made.statements)}, json_out)
    for statement in made.statements:
        print(statement)
    figures = made.figures
    print(
        f"{made.folder}: {figures['images']} images ({figures['format']}), {figures['reflections']} reflections to "
        f"{figures['d_min_angstrom']:.2f} Å at {figures['wavelength_angstrom']:.4f} Å, "
        f"{figures['photons_of_reflections']:.3g} photons in them"
    )
    if "absorption" in figures:
        least, largest = figures["absorption"]
        print(f"Absorption factors from {least:.3f} to {largest:.3f} are in the intensities.")
