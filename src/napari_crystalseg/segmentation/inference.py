"""Volume to labels."""

from __future__ import annotations

from dataclasses import replace

from ..labels import Labels
from ..progress import Progress, part, silent
from ..uncertainty import MEANING, NOT_CALIBRATED
from ..volume import Volume
from .doubt.calibration import Calibration, doubt
from .doubt.unlike_training import training_doubts
from .engines.choice import checked_engine, engine_of, engine_of_refiner
from .grids.drawing import draw_labels
from .model_folders.model_folder import ModelFolder, bundled_model
from .postprocessing.physics import Physics, apply_physics
from .prediction.coarse_prediction import predict_coarsely, seen_on_grids, working_grids
from .refinement.refine import refine_surfaces
from .segmentation import Segmentation
from .segmentation_cost import SegmentationCost


def segment(
    volume: Volume,
    model: ModelFolder | None = None,
    *,
    crystals: str | None = None,
    physics: Physics | None = None,
    mirror: bool = True,
    refine: bool = True,
    keep_probabilities: bool = False,
    engine: str | None = None,
    calibrated: bool = True,
    progress: Progress = silent,
) -> Segmentation:
    """Segment a volume of any size, voxel size, scale and offset of its voxel values.

    The volume is averaged onto a working grid of isotropic voxels (or several), as many along its longest side as the
    model says, normalised, and seen by the network in overlapping tiles, or in one that holds the sample. Class
    probabilities, not labels, are interpolated back to the volume's grid and averaged, so that surfaces stay smooth.
    (Interpolated logits would tie halfway between air and crystal and let liquor in.) Where the model comes with a
    refiner, that looks again at the voxels themselves along the surfaces, level by level. A model of slices sees each
    slice by itself, on a working grid that is the volume's own along z. The same call gives the same result on the
    same machine.

    Parameters
    ----------
    volume : Volume
        Voxel values. Voxels of unknown size are taken for cubes.
    model : ModelFolder, optional
        Network to use; by default a bundled one: that of slices for volumes of fewer than 24 slices, else that of
        volumes.
    crystals : str, optional
        Which pieces of crystal stay, one of :data:`.postprocessing.physics.CRYSTALS`, in place of what ``physics``
        says of them.
    physics : Physics, optional
        By which rules labels are put right afterwards; by default those that do not cost agreement.
    mirror : bool
        Average over the mirror images of each tile, along the axes that the model allows: up to eight times the work,
        and better.
    refine : bool
        Look again at the surfaces at full resolution, where the model comes with what does.
    keep_probabilities : bool
        Also return the class probabilities and the disagreement of the mirror images, on the working grids. Labels and
        uncertainty are the same bytes with and without.
    engine : str, optional
        What runs the network, one of :data:`.engines.choice.ENGINES`; by default the quickest that is there.
    calibrated : bool
        Let the uncertainty say what the calibration on the model's card says; else the network is taken at its word.
    progress : Progress
        Told of every tile; raises :class:`~napari_crystalseg.errors.Cancelled` to stop.

    Returns
    -------
    Segmentation

    Raises
    ------
    InputError
        The volume is constant, the model cannot be used, there is no such engine or choice of crystals, or too little
        memory.
    """
    rules = physics or Physics()
    if crystals is not None:
        rules = replace(rules, crystals=crystals)
    checked_engine(engine)
    model = model or bundled_model(len(volume.data))
    model.check()
    SegmentationCost.of(volume, model, mirror=mirror, refine=refine, engine=engine).check()
    progress(0.0, "preparing the volume")
    grids = working_grids(volume, model)
    voxel_values = seen_on_grids(volume, grids, part(progress, 0.0, 0.05))
    progress(0.06, "loading the network")
    runs = engine_of(model, engine)
    mirror_axes = model.mirror_axes if mirror else ()
    refiner = model.refiner if refine else None
    told = part(progress, 0.08, 0.5 if refiner else 0.85)
    coarse = predict_coarsely(voxel_values, grids, model, runs, mirror_axes=mirror_axes, progress=told)
    engine_name = runs.name
    # What it computed in is as large as a volume of 512³ voxels.
    del runs
    refinement = {}
    if refiner is None:
        labels, winning = draw_labels(coarse, part(progress, 0.85, 0.95))
    else:
        refined = refine_surfaces(
            volume, coarse, refiner, engine_of_refiner(refiner, engine), part(progress, 0.5, 0.95)
        )
        labels, winning = refined.labels, refined.certainty
        refinement = {"refiner_sha256": refiner.sha256, "refined_levels": list(refined.levels)}
    calibration = Calibration.of_card(model.card) if calibrated else None
    curve = None if calibration is None else calibration.curve(refined=refiner is not None)
    # In place: at 1024³ another array would be a gigabyte.
    uncertainty = doubt(winning, curve)
    right, corrections = apply_physics(
        Labels(labels, volume.voxel_size_um), rules, volume.data, out=labels, progress=part(progress, 0.95, 1.0)
    )
    del labels
    provenance = volume.provenance.then(
        "segment",
        model_sha256=model.sha256,
        model=model.name,
        configuration=model.configuration,
        working_shapes=[list(grid.working_shape) for grid in grids],
        physics=rules.to_dict(),
        corrected=[one.to_dict() for one in corrections],
        mirror_axes=list(mirror_axes),
        engine=engine_name,
        uncertainty=NOT_CALIBRATED if curve is None else MEANING,
        **refinement,
        **training_doubts(volume, grids, voxel_values, model),
        **({} if model.voxel_range_um is None else {"model_voxel_range_um": list(model.voxel_range_um)}),
        **({} if volume.voxel_size_um else {"voxels": "of unknown size, taken for cubes"}),
    )
    progress(1.0, "segmented")
    return Segmentation(
        Labels(right, volume.voxel_size_um, provenance),
        uncertainty,
        coarse if keep_probabilities else None,
        corrections,
    )
