"""Turn a trained refiner and the model before it into one model folder."""

from __future__ import annotations

import shutil
from pathlib import Path

from ....io.files.atomic import replacing_folder, save_json
from ....provenance import hash_file, package_version
from ...model_folders.model_folder import REFINER, ModelFolder
from .train_refiner import TrainedRefiner

_OF_A_MODEL = ("dataset.json", "plans.json", "fold_0")


def export_with_refiner(coarse: ModelFolder, trained: TrainedRefiner, out_dir: str | Path, *, data: str) -> ModelFolder:
    """Write a copy of a model with a refiner, and say on its card how that was made.

    Parameters
    ----------
    coarse : ModelFolder
        The model whose probabilities are refined.
    trained : TrainedRefiner
        What refines them.
    out_dir : path
        Model folder to write.
    data : str
        What the refiner was trained on, in a sentence.

    Returns
    -------
    ModelFolder

    Raises
    ------
    InputError
        Something is at ``out_dir``.
    """
    out_dir = Path(out_dir)
    with replacing_folder(out_dir, lambda path: False) as folder:
        folder.mkdir(exist_ok=True)
        for name in _OF_A_MODEL:
            source = coarse.path / name
            if source.is_dir():
                shutil.copytree(source, folder / name)
            else:
                shutil.copy2(source, folder / name)
        path = folder / REFINER
        path.parent.mkdir()
        trained.refiner.save(path)
        said = {"sha256": hash_file(path), "data": data, **trained.course, "software_version": package_version()}
        save_json({**coarse.card, "refinement": said}, folder / "card.json")
    return ModelFolder(out_dir)
