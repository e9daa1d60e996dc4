"""Models by name: those that come with the package, and those in the user's folder or a shared one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ...errors import InputError
from ...progress import Progress, silent
from ...texts.printable import printable
from .model_folder import ModelFolder
from .model_installation import install, remove
from .model_names import are_alike
from .registered_model import RegisteredModel, installed_files

ENVIRONMENT = "CRYSTALSEG_MODELS"
"""Environment variable: folders of models in place of the user's own, the first of which is installed into."""
BUNDLED_MODELS = Path(__file__).resolve().parents[2] / "models"


@dataclass(frozen=True)
class ModelRegistry:
    """Models by name.

    Parameters
    ----------
    places : tuple of Path
        Folders of models, a folder each. Where two have one of the same name, the first's is taken. What is installed
        goes into the first. Those that come with the package are always there, and keep their names.
    """

    places: tuple[Path, ...]

    @classmethod
    def of_user(cls, place: Path | None = None) -> ModelRegistry:
        """Return the models of the user: in the folder given, else those of ``CRYSTALSEG_MODELS``, else their own.

        Parameters
        ----------
        place : Path, optional
            A folder of models, such as one that a beamline shares.
        """
        import platformdirs

        if place is not None:
            return cls((place,))
        named = [Path(one).expanduser() for one in os.environ.get(ENVIRONMENT, "").split(os.pathsep) if one.strip()]
        return cls(tuple(named) or (Path(platformdirs.user_data_path("napari-crystalseg")) / "models",))

    def models(self) -> list[RegisteredModel]:
        """Return the models that can be asked for, the package's own first, then by name.

        Folders that are no model folders are passed over; those that are and cannot be used say why, see
        :attr:`~.RegisteredModel.problem`.
        """
        found = [RegisteredModel(path, "bundled") for path in _model_folders(BUNDLED_MODELS)]
        for place in self.places:
            names = [one.name for one in found]
            here = [path for path in _model_folders(place) if not any(are_alike(path.name, name) for name in names)]
            found += [RegisteredModel(path, _origin(path)) for path in here]
        return found

    def find(self, name: str) -> RegisteredModel:
        """Return the model of a name.

        Raises
        ------
        InputError
            There is none.
        """
        models = self.models()
        for model in models:
            if model.name == name:
                return model
        like = [model.name for model in models if are_alike(model.name, name)]
        hint = f"did you mean {like[0]}?" if like else f"there are {', '.join(model.name for model in models)}."
        raise InputError(f"There is no model '{printable(name[:80])}': {hint}")

    def install(
        self, source: Path, name: str | None = None, *, replace: bool = False, progress: Progress = silent
    ) -> tuple[RegisteredModel, tuple[str, ...]]:
        """Install a model from a folder or an archive into the first place, whole or not at all.

        Parameters
        ----------
        source : Path
            Model folder, or a ``.zip``, ``.tar`` or ``.tar.gz`` that holds one, such as nnU-Net exports.
        name : str, optional
            What it is to be called; by default what its card says, else the name of its folder.
        replace : bool
            Put it in the place of a model of that name that was installed before.
        progress : Progress
            Told of what is copied.

        Returns
        -------
        model : RegisteredModel
            The model.
        told : tuple of str
            What is to be known: what was left out, and what the card does not say.

        Raises
        ------
        InputError
            As :func:`.model_installation.install`.
        """
        taken = [path.name for path in _model_folders(BUNDLED_MODELS)]
        path, told = install(source, self.places[0], name, taken=taken, replace=replace, progress=progress)
        return RegisteredModel(path, "installed"), told

    def remove(self, name: str) -> Path:
        """Remove a model that was installed, and return where it was.

        Raises
        ------
        InputError
            There is none of that name, it came with the package or was put there otherwise, or its folder holds what
            was not installed.
        """
        model = self.find(name)
        if model.origin == "bundled":
            raise InputError(f"{name} comes with the package and stays.")
        remove(model.path)
        return model.path


@dataclass(frozen=True)
class FoundModel:
    """The model that was meant by a name or a folder.

    Parameters
    ----------
    folder : ModelFolder
        The model.
    told : str
        Which was taken, where there were two; else empty.
    """

    folder: ModelFolder
    told: str = ""


def find_model(name_or_folder: str | Path, registry: ModelRegistry | None = None) -> FoundModel:
    """Return the model that a name or a folder means.

    What has a separator is a folder. A bare name is that of a model, or of a folder where one is run; where there are
    both the folder is taken, and that is said.

    Parameters
    ----------
    name_or_folder : str or path
        Name of a model, or folder.
    registry : ModelRegistry, optional
        Where names are looked up; by default that of the user.

    Returns
    -------
    FoundModel

    Raises
    ------
    InputError
        There is neither, or it cannot be used.
    """
    path, text = Path(name_or_folder), str(name_or_folder)
    if path.is_absolute() or len(path.parts) != 1 or "/" in text or os.sep in text or path.name in ("", ".", ".."):
        return FoundModel(ModelFolder(path))
    registry = registry or ModelRegistry.of_user()
    named = next((model for model in registry.models() if model.name == text), None)
    if named is None:
        if path.is_dir():
            return FoundModel(ModelFolder(path))
        registry.find(text)
    assert named is not None
    if not path.is_dir() or path.resolve() == named.path.resolve():
        return FoundModel(named.folder)
    if not (path / "dataset.json").is_file() and not (path / "plans.json").is_file():
        said = f"The folder {path.absolute()} is no model: the {named.origin} model {text} in {named.path} was taken."
        return FoundModel(named.folder, said)
    said = (
        f"The model in the folder {path.absolute()} was taken, not the {named.origin} one of that name: for that, give "
        f"{named.path}."
    )
    return FoundModel(ModelFolder(path), said)


def _model_folders(place: Path) -> list[Path]:
    """Folders in a place that hold what nnU-Net calls a model, by name; none where it cannot be read."""
    try:
        # Those that begin with a dot are unfinished.
        found = [path for path in place.iterdir() if not path.name.startswith(".") and path.is_dir()]
        return sorted(path for path in found if (path / "plans.json").is_file() or (path / "dataset.json").is_file())
    except OSError:
        return []


def _origin(path: Path) -> Literal["installed", "by hand"]:
    try:
        return "installed" if installed_files(path) else "by hand"
    except InputError:
        return "by hand"
