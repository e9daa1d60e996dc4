"""Simulate diffraction: images of a rotation scan or stills into a folder, with everything that is true of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...io import save_json
from ...io.files.atomic import replacing_folder
from ...progress import Progress, part, silent
from ...provenance import Provenance
from .absorbed_scan import absorbed_scan, crystal_volume_um3
from .ahead import made_ahead
from .diffraction_request import DiffractionRequest
from .given_scan import beam_of, faces_beam, given_scan, one_axis_along_x
from .image_files import (
    CBF_NAME,
    FORMATS,
    HDF5_NAME,
    detector_name,
    frame_header,
    frame_shape,
    image_writer,
    in_frame,
    laid_out,
    write_truth,
)

if TYPE_CHECKING:
    from ...absorption import Coefficients
    from ...diffraction.beam import DiffractionBeam
    from ...diffraction.images import Camera, SimulatedImage
    from ...diffraction.structure_factors import StructureFactors
    from ...experiment import Goniometer, Sweep
    from ...labels import Labels

RECORD = "diffraction.json"
_STEP = "simulate_diffraction"
_NOTHING_SEEN = "No reflection falls on the detector in this scan: its resolution, distance or angles do not allow it."
_BEAM_ASIDE = (
    "Headers have no words for a beam that is not along Z: open the images by truth.expt, or refine the geometry."
)
_CBF_SAYS_LESS = (
    "The short header of a CBF has no words for this geometry: open the images by truth.expt, or write --format hdf5."
)


@dataclass(frozen=True)
class SimulatedDiffraction:
    """What was simulated and written.

    Parameters
    ----------
    folder : Path
        Where.
    files : tuple of Path
        Images, experiment list, truth, record.
    statements : tuple of str
        What the user must know.
    figures : dict
        Numbers of images and reflections, photons, resolution, absorption: JSON-ready.
    """

    folder: Path
    files: tuple[Path, ...]
    statements: tuple[str, ...]
    figures: dict[str, Any]


def simulate_diffraction(
    out_dir: str | Path,
    request: DiffractionRequest,
    *,
    form: str | None = None,
    labels: Labels | None = None,
    coefficients: Coefficients | None = None,
    progress: Progress = silent,
) -> SimulatedDiffraction:
    """Simulate diffraction images and write them.

    Parameters
    ----------
    out_dir : str or Path
        Folder to write, whole or not at all; one that this wrote before is replaced.
    request : DiffractionRequest
        What to simulate.
    form : {"hdf5", "cbf"}, optional
        Format of the images; by default CBF for detectors of Pilatus and HDF5 (NXmx) for others.
    labels : Labels, optional
        Material of each voxel of the sample: each reflection of a rotation scan is multiplied by its absorption factor
        A, and the crystal has the volume that it has there.
    coefficients : Coefficients, optional
        Linear attenuation coefficients; tabulated ones of typical materials by default.
    progress : Progress
        Told how far it is; raises to cancel.

    Returns
    -------
    SimulatedDiffraction

    Raises
    ------
    InputError
        A request that cannot be met, labels for stills, coefficients without labels, or a place that is taken.
    """
    from ...diffraction.images import BeamStop, Camera

    if form is not None and form not in FORMATS:
        raise InputError(f"Images are written as {' or '.join(FORMATS)}, not as '{form}'.")
    if labels is not None and request.stills:
        raise InputError("Labels are of a sample that turns on a goniometer: leave --stills out, or the labels.")
    if labels is not None and request.crystal_um != DiffractionRequest.crystal_um:
        raise InputError("The labels say how large the crystal is: leave its size out.")
    if coefficients is not None and labels is None:
        raise InputError("Attenuation coefficients are for labels: give the labels too.")
    if labels is not None and not crystal_volume_um3(labels):
        raise InputError("The labels hold no crystal (class 3), so that there is nothing that diffracts.")
    sweep, of_file = given_scan(request)
    beam = beam_of(request, sweep)
    detector = request.made_detector(beam.energy_kev) if sweep is None or sweep.detector is None else sweep.detector
    detector = laid_out(detector)
    pixels: dict[str, Any] = {} if not request.ideal else {"calibration": 0.0, "dead_part": 0.0, "hot_part": 0.0}
    stop = BeamStop() if request.beam_stop else None
    camera = Camera(detector, beam_stop=stop, serial=request.seed, **pixels)
    factors = request.made_structure_factors(beam, detector, sweep)
    plain = len(detector.panels) > 1 or faces_beam(detector.panels[0], beam)
    chosen = form or ("cbf" if "PILATUS" in detector_name(detector) and plain else "hdf5")
    out = Path(out_dir)
    with replacing_folder(out, _is_ours) as folder:
        folder.mkdir()
        job = _Job(request, folder, chosen, beam, camera, factors, progress)
        if request.stills:
            figures, said = _stills(job)
        else:
            figures, said = _rotation(job, sweep, labels, coefficients)
        if chosen == "cbf" and not (plain and one_axis_along_x(sweep)):
            said = (*said, _CBF_SAYS_LESS)
        elif beam.source_direction[2] < 1 - 1e-12:
            said = (*said, _BEAM_ASIDE)
        names = sorted(file.name for file in folder.iterdir())
    figures["format"] = chosen
    return SimulatedDiffraction(out, tuple(out / name for name in names), (*of_file, *said), figures)


@dataclass(frozen=True, eq=False)
class _Job:
    request: DiffractionRequest
    folder: Path
    form: str
    beam: DiffractionBeam
    camera: Camera
    factors: StructureFactors
    progress: Progress

    def write(
        self,
        images: Iterator[SimulatedImage],
        angles: NDArray[np.float64],
        width: float,
        goniometer: Goniometer,
        provenance: Provenance,
        told: Callable[[int, SimulatedImage], None] = lambda number, image: None,
    ) -> None:
        """Write images as they come."""
        detector = self.camera.detector
        header = frame_header(
            self.camera,
            wavelength=self.beam.wavelength_angstrom,
            source_direction=np.array(self.beam.source_direction),
            exposure_s=self.request.exposure_s,
            goniometer=goniometer,
            angles_deg=angles,
            width_deg=width,
        )
        shape = frame_shape(detector)
        dead = tuple((gain == 0).astype(np.int32) for gain in self.camera.sensitivity)
        mask = in_frame(detector, dead, 1, shape).astype(bool)
        report = part(self.progress, 0.1, 0.95)
        with image_writer(self.folder, self.form, header, shape, mask, provenance.to_dict()) as write:
            for number, image in enumerate(images):
                report(number / len(angles), f"Image {number + 1} of {len(angles)}")
                write(number, in_frame(detector, image.counts, -1, shape))
                told(number, image)


def _rotation(
    job: _Job, sweep: Sweep | None, labels: Labels | None, coefficients: Coefficients | None
) -> tuple[dict[str, Any], tuple[str, ...]]:
    from ...diffraction.crystal import DiffractingCrystal
    from ...diffraction.images import SimulatedScan
    from ...diffraction.rotation import rotation_sweep

    request, beam, camera = job.request, job.beam, job.camera
    lattice = job.factors.lattice
    if sweep is None:
        sweep = rotation_sweep(
            beam,
            camera.detector,
            start_deg=request.start_deg,
            width_deg=request.width_deg,
            images=request.image_count,
        )
    sweep = replace(
        sweep,
        detector=camera.detector,
        identifier="simulated",
        reciprocal_axes=lattice.reciprocal_axes,
        hall_symbol=lattice.gemmi_group.hall.strip(),
    )
    volume = request.lit_volume_um3(beam) if labels is None else crystal_volume_um3(labels)
    crystal = DiffractingCrystal(lattice, volume, request.mosaicity_deg, request.block_um)
    job.progress(0.0, "Predicting reflections")
    scan = SimulatedScan.of(
        sweep,
        crystal,
        job.factors,
        beam,
        camera,
        exposure_s=request.exposure_s,
        background=request.made_background(),
        seed=request.seed,
        noise=not request.ideal,
    )
    provenance = _provenance(request, job.factors)
    said: tuple[str, ...] = ()
    if labels is not None:
        scan, provenance, said = absorbed_scan(scan, labels, coefficients, provenance, part(job.progress, 0.0, 0.1))
    assert scan.sweep.oscillation_deg is not None
    start, width = scan.sweep.oscillation_deg
    first = scan.image(0)  # what all images share is made with it

    def image(number: int) -> SimulatedImage:
        return scan.image(number) if number else first

    images = made_ahead(image, scan.images)
    angles = np.array([start + width * number for number in range(scan.images)])
    job.write(images, angles, width, scan.sweep.goniometer, provenance)
    write_truth(
        job.folder,
        scan.reflections,
        scan.photons,
        scan.recorded(),
        scan.absorption,
        scan.range_rad,
        {0: scan.sweep.identifier},
    )
    _write_experiments(job, [scan.sweep])
    figures: dict[str, Any] = {
        "images": scan.images,
        "reflections": len(scan.reflections),
        "photons_of_reflections": float((scan.photons * scan.recorded()).sum()),
        "d_min_angstrom": float(job.factors.d_spacing.min()),
        "crystal_volume_um3": float(volume),
        "wavelength_angstrom": beam.wavelength_angstrom,
    }
    if not len(scan.reflections):
        said = (*said, _NOTHING_SEEN)
    if scan.absorption is not None and len(scan.absorption):
        figures["absorption"] = [float(scan.absorption.min()), float(scan.absorption.max())]
    save_json(provenance.to_dict() | {"figures": figures}, job.folder / RECORD)
    return figures, said


def _stills(job: _Job) -> tuple[dict[str, Any], tuple[str, ...]]:
    from ...diffraction.crystal import DiffractingCrystal
    from ...diffraction.images import simulate_still
    from ...diffraction.rotation import PredictedReflections, rotation_sweep
    from ...draws import random_rotation
    from ...experiment import Goniometer

    request, beam, camera = job.request, job.beam, job.camera
    lattice, count = job.factors.lattice, job.request.image_count
    rng = np.random.default_rng((request.seed, 3))
    hit = rng.permutation(count) >= round(request.empty_part * count)
    turns = [random_rotation(rng).as_matrix() for _ in range(count)]
    background = request.made_background()
    crystal = DiffractingCrystal(lattice, request.lit_volume_um3(beam), request.mosaicity_deg, request.block_um)
    sweeps: list[Sweep] = []
    found: list[tuple[PredictedReflections, NDArray[np.float64]]] = []

    camera.prepare(np.array(beam.source_direction))

    def still(number: int) -> SimulatedImage:
        return simulate_still(
            crystal if hit[number] else None,
            job.factors,
            beam,
            camera,
            exposure_s=request.exposure_s,
            background=background,
            rotation=turns[number],
            seed=(request.seed, 4, number),
            noise=not request.ideal,
        )

    def told(number: int, image: SimulatedImage) -> None:
        axes = turns[number] @ lattice.reciprocal_axes if hit[number] else None
        plain = rotation_sweep(beam, camera.detector, width_deg=1.0, images=1)
        sweeps.append(
            replace(
                plain,
                oscillation_deg=(0.0, 0.0),
                image_range=(number + 1, number + 1),
                identifier=f"still-{number + 1:05d}",
                reciprocal_axes=axes,
                hall_symbol=lattice.gemmi_group.hall.strip(),
            )
        )
        found.append((image.reflections, image.photons))

    provenance = _provenance(request, job.factors)
    goniometer = Goniometer.from_dict({"rotation_axis": [1.0, 0.0, 0.0]})
    job.write(made_ahead(still, count), np.zeros(count), 0.0, goniometer, provenance, told)
    photons = np.concatenate([one for _, one in found])
    if len(photons):
        merged = PredictedReflections.joined([one for one, own in found if len(own)])
        image = np.repeat(np.arange(count), [len(own) for _, own in found])
        names = {number: sweep.identifier for number, sweep in enumerate(sweeps)}
        write_truth(job.folder, merged, photons, np.ones(len(photons)), None, None, names, image)
    _write_experiments(job, sweeps)
    _write_hits(job, hit, [len(own) for _, own in found], [float(own.sum()) for _, own in found])
    figures: dict[str, Any] = {
        "images": count,
        "hits": int(hit.sum()),
        "reflections": len(photons),
        "photons_of_reflections": float(photons.sum()),
        "d_min_angstrom": float(job.factors.d_spacing.min()),
        "wavelength_angstrom": beam.wavelength_angstrom,
    }
    save_json(provenance.to_dict() | {"figures": figures}, job.folder / RECORD)
    return figures, ()


def _write_experiments(job: _Job, sweeps: list[Sweep]) -> None:
    from ...experiment.experiment_writing import ImageFiles, write_experiment

    if job.form == "cbf":
        files = [ImageFiles(CBF_NAME.format(0).replace("00000", "#####"))] * len(sweeps)
    else:
        files = [ImageFiles(HDF5_NAME, (sweep.image_range or (1, 1))[0] - 1) for sweep in sweeps]
    write_experiment(
        job.folder / "truth.expt",
        sweeps,
        files,
        polarisation_fraction=job.beam.polarisation_fraction,
        polarisation_normal=job.beam.polarisation_normal,
        largest_count=job.camera.cutoff,
    )


def _write_hits(job: _Job, hit: NDArray[np.bool_], reflections: list[int], photons: list[float]) -> None:
    """Which stills have a crystal, one a line."""
    from ...io import write_text

    lines = ["image,hit,reflections,photons"]
    lines += [
        f"{number + 1},{int(one)},{count},{total:.6g}"
        for number, (one, count, total) in enumerate(zip(hit, reflections, photons, strict=True))
    ]
    write_text(job.folder / "truth_hits.csv", "\n".join(lines) + "\n")


def _provenance(request: DiffractionRequest, factors: StructureFactors) -> Provenance:
    own = factors.provenance
    inputs = dict(own.inputs)
    if request.experiment is not None:
        inputs |= dict(Provenance.of_file(request.experiment).inputs)
    return Provenance(inputs=inputs, steps=own.steps, seed=request.seed).then(_STEP, **request.to_dict())


def _is_ours(folder: Path) -> bool:
    """Whether a folder is one that this wrote, with nothing else in it."""
    import re

    known = re.compile(r"images\.nxs|image_\d{5,}\.cbf|truth(_hits)?\.(expt|refl|csv)|diffraction\.json")
    files = [file.name for file in folder.iterdir()]
    return not files or (RECORD in files and all(known.fullmatch(name) for name in files))
