"""What the session knows, put as the facts that the light judges."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import CrystalSegError
from ...judgement.readiness import Readiness
from ...provenance import Provenance
from ...wavelength import KEV_ANGSTROM
from ..layers.layer_record import RECORD
from .label_findings import label_findings

if TYPE_CHECKING:
    from ..tasks.reflection_files import ReflectionFiles
    from .session import Session


def readiness_of(session: Session) -> Readiness:
    """Gather what is known of the session's labels, coefficients, experiment, geometry and factors."""
    scan = session.scan
    return Readiness(
        volumes_um3=session.volumes_um3,
        label_problems=tuple(label_findings(session)),
        scan_findings=_scan_findings(session),
        sample_findings=session.findings,
        coefficients=session.coefficients.values,
        coefficients_remark=session.coefficients.remark,
        coefficients_sample=_other_sample(session),
        experiment_energies_kev=session.experiment.energies_kev,
        of_experiment=session.experiment.files is not None,
        scan_energy_kev=None if scan is None else scan.energy_kev,
        has_scan=scan is not None,
        geometry=None if session.geometry is None else session.geometry.score,
        geometry_edited=session.geometry_edited,
        factors_outdated=factors_outdated(session),
    )


def factors_outdated(session: Session) -> str:
    """Why the factors are not those of labels and settings as they are now; empty where they are, or are not there."""
    if session.factors is None:
        return ""
    if session.labels is None:
        return "The labels that the absorption was computed of are not chosen any more, or were removed"
    if session.stale:
        return "The labels were edited after the absorption was computed"
    if session.settings_changed:
        return "The coefficients or reflections were changed after the absorption was computed"
    return ""


def energies_of(files: ReflectionFiles) -> tuple[float, ...]:
    """Photon energies of the experiments that are used, keV; none where the file cannot be read, told later."""
    from ...experiment import read_experiment

    if not Path(files.experiment).is_file():
        return ()
    try:
        sweeps = read_experiment(files.experiment).sweeps
    except CrystalSegError:
        return ()
    if files.experiment_number is not None:
        sweeps = sweeps[files.experiment_number : files.experiment_number + 1]
    return tuple(dict.fromkeys(KEV_ANGSTROM / sweep.wavelength for sweep in sweeps if sweep.wavelength is not None))


def _scan_findings(session: Session) -> tuple[str, ...]:
    """What was found in the scan that the labels were made from, by their record."""
    record = {} if session.labels is None else session.labels.metadata.get(RECORD, {})
    provenance = record.get("provenance")
    return provenance.findings if isinstance(provenance, Provenance) else ()


def _other_sample(session: Session) -> str:
    measured_in = session.coefficients.measured_in
    if measured_in is None or measured_in.is_sample_of(session.labels, session.image):
        return ""
    return measured_in.name
