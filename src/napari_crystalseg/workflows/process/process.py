"""Process: the whole main job, from a raw scan or a volume to absorption factors and a report."""

from __future__ import annotations

import dataclasses
import math
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ...checks import checked_voxel_size
from ...errors import InputError
from ...io import (
    check_folder_of_results,
    check_outputs,
    kind_of,
    open_labels,
    open_scan,
    open_volume,
    save_labels,
    save_volume,
    writing_into,
)
from ...io.files.output_folder import is_as_written
from ...io.places import files_read
from ...labels import Labels, Material
from ...progress import Progress, part, silent
from ...provenance import Provenance, hash_file, hash_path, printable
from ...volume import Quantity, Volume
from ...wavelength import KEV_ANGSTROM, checked_energy_kev, same_energy
from ..absorb import AbsorbOutputs, absorb_to_files, scaling_table_name
from ..coefficient_energy import at_energy
from .stages import MANIFEST, Stages, asked, fingerprint

if TYPE_CHECKING:
    from ...absorption import Coefficients, Directions
    from ...segmentation import ModelFolder

SEED = 0
"""Of the sampling of crystal voxels: the same input gives the same factors."""

DIRECTIONS = 500
"""Over the sphere, where there are no reflections."""

# Two volumes of float32, the labels, and masks of uint8: the labels again and four classes.
_BYTES_A_VOXEL = 2 * 4 + 1 + 5

_COEFFICIENT_FACTS = ("coefficients_per_um", "coefficients_energy_kev", "coefficients_origin")

KEEP_LARGEST_CRYSTAL = True
"""Smaller pieces of crystal are mostly mistakes of the network."""


@dataclass(frozen=True)
class ProcessResult:
    """What a run of :func:`process` made.

    Parameters
    ----------
    folder : Path
        Folder of all results.
    report, volume, labels, uncertainty : Path
        The page to read, and the files to open.
    factors : Path or None
        ``factors.json``; None when no crystal was found, or in a single slice.
    crystal_found : bool
        Whether there is a crystal, and so absorption factors of all but a single slice.
    statements : tuple of str
        What the user must know: which coefficients were used, what was assumed, what looks wrong, and what became of
        files that were changed in the folder.
    skipped : tuple of str
        Stages that an earlier run had already done.
    """

    folder: Path
    report: Path
    volume: Path
    labels: Path
    uncertainty: Path
    factors: Path | None
    crystal_found: bool
    statements: tuple[str, ...]
    skipped: tuple[str, ...]


def process(
    path: str | Path,
    out_dir: str | Path,
    *,
    model: str | Path | None = None,
    voxel_size_um: float | None = None,
    axes: str | None = None,
    dataset: str | None = None,
    coefficients: Coefficients | None = None,
    other_per_um: float | None = None,
    convert: bool = False,
    energy_kev: float | None = None,
    directions: Directions | None = None,
    centre_px: float | None = None,
    axis: str = "columns",
    force: bool = False,
    progress: Progress = silent,
) -> ProcessResult:
    """Take a raw scan or a volume all the way to absorption factors and a report.

    Each stage (reconstruct, segment, absorb, export, report) writes its files whole and records them in
    ``manifest.json``; a stage whose inputs, parameters and code are unchanged is not done again.

    Labels that were corrected in the folder are gone on with, for as long as input and model are the same. Any other
    file that is not as a run left it is the user's, and is kept under another name before a new one takes its place.

    Parameters
    ----------
    path : path
        Raw scan or reconstructed volume.
    out_dir : path
        Folder of the results.
    model : path, optional
        Model folder of nnU-Net; by default a bundled one: of slices where the volume has fewer than 24, else of
        volumes.
    voxel_size_um : float, optional
        Voxel size of a volume, or pixel size of a scan, in place of what the file says, µm.
    axes, dataset : str, optional
        How the axes of a volume lie, and which of several in a file it is, as :func:`~..io.open_volume` takes them.
    coefficients : Coefficients, optional
        Linear attenuation coefficients. By default those of typical materials at ``energy_kev``; else at the energy of
        the experiment or scan; else measured in the volume; else a stated assumption.
    other_per_um : float, optional
        Coefficient of class 4 (bubble, salt), 1/µm, where the others are not given.
    convert : bool
        Bring coefficients of another photon energy to the experiment's, in place of refusing them.
    energy_kev : float, optional
        Photon energy of the diffraction experiment, keV; that of the experiment file by default.
    directions : Directions, optional
        Those of the reflections of an experiment; 500 over the sphere by default.
    centre_px : float, optional
        Column of the rotation axis of a scan; found automatically by default.
    axis : {"columns", "rows"}
        What the rotation axis of a scan lies along on the detector.
    force : bool
        Go on with a scan that does not fit its angles, or of which many frames are bad.
    progress : Progress
        Told what is being done; raise :class:`~napari_crystalseg.errors.Cancelled` from it to stop.

    Returns
    -------
    ProcessResult

    Raises
    ------
    InputError
        The input cannot be used or does not say its voxel size, the sweeps are of several wavelengths, or another run
        writes to the folder. What can be judged without the long work is judged before it.
    """
    from ...absorption import Directions

    wanted = Directions.over_sphere(DIRECTIONS) if directions is None else directions
    if voxel_size_um is not None:
        checked_voxel_size(voxel_size_um)
    if centre_px is not None and not np.isfinite(centre_px):
        raise InputError(f"The rotation axis is a column in pixels, not {centre_px}.")
    # The results replace what an earlier run left there, so the input must not be among them.
    if Path(path).resolve().is_relative_to(Path(out_dir).resolve()):
        raise InputError(f"{path} lies in the results folder {out_dir}; name another folder for the results.")
    check_folder_of_results(out_dir, [path, model])
    check_outputs(_outputs(Path(out_dir), wanted), [path, *(wanted.files or ())])
    if energy_kev is not None:
        energy_kev = checked_energy_kev(energy_kev)
    energies = _energies(energy_kev, wanted)
    _judge(energies, wanted, one_wavelength=coefficients is not None and not convert)
    told: tuple[str, ...] = ()
    _check_other(other_per_um, coefficients)
    if coefficients is not None:
        converted, told = at_energy(coefficients, energies, convert)
        if len(wanted.by_wavelength()) > 1:  # each is converted by itself
            told = ()
        else:
            coefficients = converted
    elif convert:
        raise InputError("Only coefficients that are given are converted; those of tables are of the energy needed.")
    from ...segmentation import ModelFolder

    # Looked up first, so that a wrong folder is told before the long work.
    network = None if model is None else ModelFolder(Path(model))
    if network is not None:
        network.check()
    with writing_into(out_dir) as output:
        run = _Run(Path(path), Stages(output), progress)
        run.reconstruct(voxel_size_um, axes, dataset, centre_px, axis, force, coefficients is None and not energies)
        run.segment(network)
        run.absorb(coefficients, other_per_um, energies, told, wanted, convert and wanted.of_experiment)
        run.export(wanted)
        run.write_report()
        return run.result()


def check_room(folder: Path, voxels: int) -> None:
    """Refuse, before the work, results for which the disk has no room: greys, uncertainty, labels and their masks.

    Raises
    ------
    InputError
        It says how much is needed and how much there is.
    """
    from ..export import MASKS

    results = ("volume.tif", "labels.tif", "uncertainty.tif", *(f"masks/{name}" for name in MASKS))
    there = sum((folder / name).stat().st_size for name in results if (folder / name).is_file())
    needed, free = _BYTES_A_VOXEL * voxels, shutil.disk_usage(folder).free
    # A new file takes the place of an older one when it is whole.
    if needed > free + there:
        raise InputError(
            f"The results of {voxels:.3g} voxels take {needed / 1e9:.3g} GB, and the disk of {folder} has "
            f"{free / 1e9:.3g} GB free; make room, or choose another place."
        )


def _outputs(folder: Path, directions: Directions) -> list[Path]:
    """Every file that may be written, but for those of AnACor's folder."""
    from ..export import MASKS

    found = [folder / name for name in (MANIFEST, "volume.tif", "labels.tif", "uncertainty.tif", "report.html")]
    return [*found, *(folder / "masks" / name for name in MASKS), *_absorb_outputs(folder, directions).files()]


def _absorb_outputs(folder: Path, directions: Directions) -> AbsorbOutputs:
    """Files of the stage Absorb; no table for scaling without reflections, or with one experiment of several."""
    of_all = directions.files is not None and "experiment_number" not in directions.settings
    return AbsorbOutputs(
        json=folder / "factors.json",
        csv=folder / "factors.csv",
        histogram=folder / "histogram.png",
        scaling_table=folder / scaling_table_name(directions.files[1]) if directions.files and of_all else None,
    )


def _energies(given_kev: float | None, directions: Directions) -> tuple[float, ...]:
    """Energies of the diffraction experiment, as the user or its files say; refused where the two differ."""
    measured = directions.energies_kev
    if given_kev is None:
        return measured
    if measured and not same_energy(given_kev, measured[0]):
        raise InputError(
            f"The energy given is {given_kev:.4g} keV, but the experiment was made at {measured[0]:.4g} keV "
            f"({KEV_ANGSTROM / measured[0]:.4g} Å): leave it out, or give the right file."
        )
    return (given_kev,)


def _check_other(other_per_um: float | None, coefficients: Coefficients | None) -> None:
    """Refuse a coefficient of class 4 that is none, or is given twice."""
    from ...absorption import Coefficients

    if other_per_um is None:
        return
    if coefficients is not None:
        raise InputError("The coefficient of class 4 is part of the coefficients that are given: give it there alone.")
    Coefficients(0.0, 0.0, 0.0, other_per_um)


def _judge(energies_kev: tuple[float, ...], directions: Directions, one_wavelength: bool) -> None:
    """Refuse, before the long work, an energy that has no coefficients and directions that cannot be used."""
    from ...absorption import check_rows_for_scaling
    from ..coefficients import tabulated

    if one_wavelength:
        directions.check_one_wavelength()
    for energy in energies_kev:
        tabulated(energy)
    if directions.files is not None and "experiment_number" not in directions.settings:
        check_rows_for_scaling(directions)


class _Run:
    """One run: the stages in order, each handing the next its files through the folder."""

    def __init__(self, path: Path, stages: Stages, progress: Progress) -> None:
        self.path = path
        self.stages = stages
        self.folder = stages.folder
        self.progress = progress
        self.skipped: list[str] = []
        self._kept: dict[str, Any] = {}

    def reconstruct(
        self,
        voxel_size_um: float | None,
        axes: str | None,
        dataset: str | None,
        centre_px: float | None,
        axis: str,
        force: bool,
        needs_tables: bool,
    ) -> None:
        # A file that is missing is told by kind_of() below, as any other that cannot be used.
        depends: dict[str, Any] = {
            "input": _input_hashes(self.path),
            "voxel_size_um": voxel_size_um,
            "axes": axes,
            "dataset": dataset,
            "centre_px": centre_px,
            "axis": axis,
            "force": force,
        }

        def work(progress: Progress) -> tuple[list[Path], dict[str, Any]]:
            kind = kind_of(self.path, axes=axes, dataset=dataset)
            if kind == "labels":
                raise InputError(
                    f"{self.path.name} holds labels; use 'crystalseg absorb' or 'crystalseg export' on it."
                )
            progress(0.0, f"Opening {self.path.name}")
            if kind == "scan":
                volume, facts = self._reconstructed(voxel_size_um, centre_px, axis, force, needs_tables, progress)
            else:
                given = {"--centre": centre_px is not None, "--axis": axis != "columns", "--force": force}
                if named := [option for option, is_given in given.items() if is_given]:
                    raise InputError(
                        f"{self.path.name} is a volume, and {' and '.join(named)} would have no effect: a rotation "
                        "centre or axis, and frames, are those of raw scans."
                    )
                volume = open_volume(self.path, voxel_size_um=voxel_size_um, axes=axes, dataset=dataset)
                check_room(self.folder, volume.data.size)
                facts = {"kind": "volume", "energy_kev": None}
            size = volume.required_voxel_size_um  # of which all lengths, volumes and factors are made
            target = self.folder / "volume.tif"
            save_volume(volume, target)
            facts |= {
                "input": printable(self.path.name),
                "shape": list(volume.shape),
                "voxel_size_um": list(size),
                "quantity": str(volume.quantity),
                "assumed": list(volume.provenance.assumptions),
                "said": list(volume.provenance.findings),
            }
            return [target], facts

        self._stage("reconstruct", depends, 0.01, 0.30, work, asked(depends))

    def _reconstructed(
        self,
        pixel_size_um: float | None,
        centre_px: float | None,
        axis: str,
        force: bool,
        needs_tables: bool,
        progress: Progress,
    ) -> tuple[Volume, dict[str, Any]]:
        from ...tomography import Recipe, reconstruct, usual_shape
        from ..coefficients import tabulated

        scan = open_scan(self.path, pixel_size_um=pixel_size_um)
        _ = scan.required_pixel_size_um  # refused before the work where it is not known
        if needs_tables and scan.energy_kev is not None:
            tabulated(scan.energy_kev)
        recipe = Recipe(centre_px=centre_px, axis=axis, force=force)
        check_room(self.folder, math.prod(usual_shape(scan, recipe)))
        volume = reconstruct(scan, recipe, progress)
        facts = {
            "kind": "scan",
            "energy_kev": scan.energy_kev,
            "projections": list(scan.shape),
            "found": _axis_found(volume.provenance.steps[-1]),
        }
        return volume, facts

    def segment(self, model: ModelFolder | None) -> None:
        from ...segmentation import bundled_model

        if model is None:  # which one depends on how many slices there are
            model = bundled_model(self.stages.facts("reconstruct")["shape"][0])
        described = (model.path / name for name in ("dataset.json", "plans.json", "card.json"))
        network = {
            "weights": model.sha256,
            "model": {file.name: hash_file(file) for file in described if file.is_file()},
            "keep_largest_crystal": KEEP_LARGEST_CRYSTAL,
        }
        depends = {"volume": self.stages.files("reconstruct"), **network}
        request = asked({"reconstruct": self.stages.asked("reconstruct"), **network})
        self._adopt_corrected(depends, request)

        def work(progress: Progress) -> tuple[list[Path], dict[str, Any]]:
            from ...segmentation import segment

            volume = self._volume()
            made = segment(volume, model=model, keep_largest_crystal=KEEP_LARGEST_CRYSTAL, progress=progress)
            targets = [self.folder / "labels.tif", self.folder / "uncertainty.tif"]
            save_labels(made.labels, targets[0])
            save_volume(
                Volume(made.uncertainty, made.labels.voxel_size_um, Quantity.ARBITRARY, made.labels.provenance),
                targets[1],
            )
            sample = made.labels.data != Material.AIR
            mean = float(made.uncertainty[sample].mean()) if sample.any() else float(made.uncertainty.mean())
            facts = {
                "model": model.name,
                "model_sha256": model.sha256,
                "mean_uncertainty": mean,
                "volumes_um3": _volumes_um3(made.labels),
                "labels_sha256": hash_file(targets[0]),
            }
            return targets, facts

        self._stage("segment", depends, 0.30, 0.80, work, request)

    def _adopt_corrected(self, depends: dict[str, Any], request: str) -> None:
        """Go on with labels that the user has changed, where they are of this input and model."""
        path, mark = self.folder / "labels.tif", fingerprint(**depends)
        if not path.is_file() or is_as_written(path) or self.stages.asked("segment") != request:
            return
        if self.stages.finished("segment", mark):
            return
        if any(not (self.folder / file).is_file() for file in self.stages.files("segment")):
            return
        try:
            labels = self._corrected_labels()
            if labels.shape != (shape := tuple(self.stages.facts("reconstruct")["shape"])):
                raise InputError(f"they have the shape {labels.shape}, and the volume {shape}")
        except InputError as error:
            why = f"was changed since it was written, and cannot be gone on with ({str(error).rstrip('.')})"
            self.stages.output.keep(path, why)
            return
        facts = self.stages.facts("segment")
        facts.setdefault("volumes_um3_as_segmented", facts["volumes_um3"])
        facts["volumes_um3"] = _volumes_um3(labels)
        facts["corrected"] = (
            f"labels.tif was changed since it was written ({_changed_share(facts, labels)}): gone on with as corrected "
            "labels. To segment again, move it away."
        )
        self.stages.adopt("segment", mark, facts)

    def absorb(
        self,
        coefficients: Coefficients | None,
        other_per_um: float | None,
        energies_kev: tuple[float, ...],
        told: tuple[str, ...],
        directions: Directions,
        convert: bool,
    ) -> None:
        depends = {
            "labels": self.stages.files("segment"),
            "volume": self.stages.files("reconstruct"),
            "coefficients": None if coefficients is None else coefficients.record(),
            "other_per_um": other_per_um,
            "energies_kev": energies_kev,
            "told": told,
            "convert": convert,
            "scan_energy_kev": self.stages.facts("reconstruct")["energy_kev"],
            "directions": _made_of(directions),
        }

        def work(progress: Progress) -> tuple[list[Path], dict[str, Any]]:
            from ...absorption import why_no_factors
            from ..coefficients import choose_coefficients

            labels = self._labels()
            energy, energy_from = self._energy(energies_kev, directions)
            scanned = self.stages.facts("reconstruct")["energy_kev"]
            chosen = choose_coefficients(self._volume(), labels, coefficients, energy, scanned, other_per_um)
            facts: dict[str, Any] = {
                "crystal_found": bool((labels.data == Material.CRYSTAL).any()),
                "without_factors": why_no_factors(labels),
                **chosen.coefficients.record(),
                "coefficients_explanation": " ".join([chosen.explanation + energy_from, *told]),
                "directions": directions.description,
            }
            outputs = _absorb_outputs(self.folder, directions)
            if not _has_factors(facts):
                # Those of an earlier run, if its manifest was lost, would be taken for results of this one.
                for target in outputs.files():
                    self.stages.output.remove(target)
                return [], facts
            result = absorb_to_files(
                labels,
                chosen.coefficients,
                directions,
                outputs,
                convert=convert,
                seed=SEED,
                progress=progress,
            )
            facts |= _summary(result.factors.absorption, result.factors.standard_error)
            facts["reflections_found"] = list(result.statements)
            return list(result.files), facts

        self._stage("absorb", depends, 0.80, 0.90, work)

    def _energy(self, energies_kev: tuple[float, ...], directions: Directions) -> tuple[float | None, str]:
        """Energy for tabulated coefficients, and where it comes from: the user, the experiment, or the scan."""
        if energies_kev:
            return energies_kev[0], " The energy is that of the experiment file." if directions.energies_kev else ""
        scanned = self.stages.facts("reconstruct")["energy_kev"]
        if scanned is not None:
            return scanned, " The energy is that of the tomography scan."
        return None, ""

    def export(self, directions: Directions) -> None:
        facts = self.stages.facts("absorb")
        depends = {
            "directions": _made_of(directions) if directions.of_experiment else None,
            "labels": self.stages.files("segment"),
            "coefficients": {name: facts[name] for name in _COEFFICIENT_FACTS},
            "with_factors": _has_factors(facts),
        }

        def work(progress: Progress) -> tuple[list[Path], dict[str, Any]]:
            from ...absorption import Coefficients, export_anacor
            from ..export import export_masks

            labels = self._labels()
            progress(0.0, "Writing the masks")
            files = export_masks(labels, self.folder / "masks")
            anacor = self.folder / "anacor"
            # What AnACor computed there is the user's: the export refuses to replace it, and the run says so.
            if not any(file.is_file() for file in anacor.glob("**/ResultData/**/*")):
                self.stages.output.remove_others(anacor)
            if _has_factors(facts):
                progress(0.5, "Writing the AnACor folder")
                try:
                    export_anacor(
                        labels,
                        anacor,
                        coefficients=Coefficients.from_record(facts),
                        directions=directions,
                        progress=part(progress, 0.5, 1.0),
                    )
                except InputError as error:
                    # AnACor takes less than we do; the rest of the run stands without it.
                    return files, {"without_anacor": f"The AnACor folder was not written: {error}"}
                files += sorted(file for file in anacor.rglob("*") if file.is_file() and is_as_written(file))
            return files, {}

        self._stage("export", depends, 0.90, 0.94, work)

    def write_report(self) -> None:
        names = ("reconstruct", "segment", "absorb")
        depends = {
            "files": {name: self.stages.files(name) for name in names},
            "facts": {name: self.stages.facts(name) for name in names},
        }

        def work(progress: Progress) -> tuple[list[Path], dict[str, Any]]:
            import json

            from ...judgement.mean_uncertainty import MeanUncertainty
            from ...judgement.plausibility import findings
            from ...pictures.report import Report, write_report

            facts = {name: self.stages.facts(name) for name in names}
            labels = self._labels()
            progress(0.0, "Judging the labels")
            uncertainty = open_volume(self.folder / "uncertainty.tif").data
            found = findings(labels, MeanUncertainty.of(labels, uncertainty))
            factors = self.folder / "factors.json"
            with_factors = _has_factors(facts["absorb"])
            report = Report(
                title=printable(self.path.name),
                volume=self._volume(),
                labels=labels,
                uncertainty=uncertainty,
                absorption=json.loads(factors.read_text(encoding="utf-8")) if with_factors else None,
                histogram_png=(self.folder / "histogram.png").read_bytes() if with_factors else None,
                facts=facts,
                findings=found,
                files={**self.stages.files("export"), **{k: v for n in names for k, v in self.stages.files(n).items()}},
            )
            target = self.folder / "report.html"
            write_report(report, target, progress=part(progress, 0.2, 1.0))
            return [target], {"findings": [dataclasses.asdict(finding) for finding in found]}

        self._stage("report", depends, 0.94, 1.0, work)

    def result(self) -> ProcessResult:
        reconstructed, absorbed = self.stages.facts("reconstruct"), self.stages.facts("absorb")
        statements = list(self.stages.output.statements)
        if corrected := self.stages.facts("segment").get("corrected"):
            statements.append(corrected)
        statements += [f"Assumed: {text}." for text in reconstructed["assumed"]]
        statements += reconstructed.get("found", [])
        statements += [f"{text}." for text in reconstructed["said"]]
        if _has_factors(absorbed):
            statements.append(absorbed["coefficients_explanation"])
            statements += absorbed["reflections_found"]
        if "without_anacor" in (exported := self.stages.facts("export")):
            statements.append(exported["without_anacor"])
        bad = [f for f in self.stages.facts("report")["findings"] if f["level"] != "good"]
        statements += [finding["text"] for finding in bad]
        factors = self.folder / "factors.json"
        self.progress(1.0, "Done")
        return ProcessResult(
            folder=self.folder,
            report=self.folder / "report.html",
            volume=self.folder / "volume.tif",
            labels=self.folder / "labels.tif",
            uncertainty=self.folder / "uncertainty.tif",
            factors=factors if _has_factors(absorbed) else None,
            crystal_found=absorbed["crystal_found"],
            statements=tuple(statements),
            skipped=tuple(self.skipped),
        )

    def _stage(
        self,
        name: str,
        depends: dict[str, Any],
        start: float,
        stop: float,
        work: Callable[[Progress], tuple[Iterable[Path], dict[str, Any]]],
        request: str | None = None,
    ) -> None:
        mark = fingerprint(**depends)
        if self.stages.finished(name, mark):
            self.skipped.append(name)
            self.progress(stop, f"{name.capitalize()}: done before")
            return
        self.stages.begin(name)
        files, facts = work(part(self.progress, start, stop))
        self.stages.finish(name, mark, files, facts, request)

    def _volume(self) -> Volume:
        # Read back from the file, so that a run that goes on after a break has the same bytes to work with.
        if "volume" not in self._kept:
            self._kept["volume"] = _settled(open_volume(self.folder / "volume.tif"))
        return self._kept["volume"]

    def _labels(self) -> Labels:
        if "labels" not in self._kept:
            if "corrected" in self.stages.facts("segment"):
                self._kept["labels"] = self._corrected_labels()
            else:
                self._kept["labels"] = _settled(open_labels(self.folder / "labels.tif"))
        return self._kept["labels"]

    def _corrected_labels(self) -> Labels:
        """Labels that the user has changed, whatever the program that saved them has kept of scale and record."""
        path, volume_um = self.folder / "labels.tif", self.stages.facts("reconstruct")["voxel_size_um"]
        labels = open_labels(path, voxel_size_um=tuple(volume_um))
        record = labels.provenance
        inputs = {name: digest for name, digest in record.inputs.items() if name != "volume.tif"}
        step = {
            "step": "correct labels",
            "file": path.name,
            "was_sha256": self.stages.facts("segment")["labels_sha256"],
        }
        # In place of the step that says that the voxel size was given: it is the volume's.
        return dataclasses.replace(
            labels, provenance=dataclasses.replace(record, inputs=inputs, steps=(*record.steps[:-1], step))
        )


def _volumes_um3(labels: Labels) -> dict[str, float]:
    return {material.title: volume for material, volume in labels.volumes_um3().items()}


def _changed_share(facts: Mapping[str, Any], labels: Labels) -> str:
    """By how much the volume of each class has changed, in words."""
    before, now = facts["volumes_um3_as_segmented"], _volumes_um3(labels)
    told = [
        f"{name} {100 * (now[name] / before[name] - 1):+.2g} %" if before.get(name) else f"{name} new"
        for name in now
        if now[name] != before.get(name, 0.0)
    ]
    return ", ".join(told) or "the volumes of the classes are the same"


def _settled(noun: Any) -> Any:
    """Leave the files of this folder out of the inputs: only what the user gave is an input."""
    record: Provenance = noun.provenance
    inputs = {name: digest for name, digest in record.inputs.items() if name not in ("volume.tif", "labels.tif")}
    return dataclasses.replace(noun, provenance=dataclasses.replace(record, inputs=inputs))


def _has_factors(absorbed: Mapping[str, Any]) -> bool:
    """Whether the stage Absorb computed factors, by what it found."""
    return bool(absorbed["crystal_found"]) and absorbed["without_factors"] is None


def _summary(absorption: Any, standard_error: Any) -> dict[str, Any]:
    used = absorption[~np.isnan(absorption)]
    return {
        "reflections": int(used.size),
        "without_direction": int(absorption.size - used.size),
        "A_mean": float(used.mean()),
        "A_min": float(used.min()),
        "A_max": float(used.max()),
        "largest_standard_error": float(np.nanmax(standard_error)),
    }


def _input_hashes(path: Path) -> dict[str, str]:
    """Hash of a file or folder, and of the files that belong to it or that it refers to; none of what is not there."""
    files = [path, path.with_name(path.name + ".json")]
    files += [file for file in files_read(path) if file not in files]
    names = [printable(file.name if file.parent == path.parent else str(file)) for file in files]
    return {name: hash_path(file) for name, file in zip(names, files, strict=True) if file.is_file() or file.is_dir()}


def _axis_found(step: Mapping[str, Any]) -> list[str]:
    """What a reconstruction's record says of the rotation axis that the user must know."""
    found = []
    if "half_acquisition" in step:
        found.append(f"Half acquisition: {step['half_acquisition']}.")
    if "rotation_centre_remark" in step:
        found.append(f"Note: {step['rotation_centre_remark']}.")
    return found


def _made_of(directions: Directions) -> dict[str, Any]:
    """What directions depend on: settings, and the files by their hashes."""
    return {**directions.settings, "seed": SEED, "inputs": dict(directions.provenance.inputs)}
