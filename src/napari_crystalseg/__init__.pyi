from .absorption.absorption_factors import absorb as absorb
from .absorption.anacor.export import export_anacor as export_anacor
from .absorption.coefficients import Coefficients as Coefficients
from .absorption.directions import Directions as Directions
from .absorption.maps.absorption_map import map_absorption as map_absorption
from .errors import CrystalSegError as CrystalSegError
from .errors import InputError as InputError
from .factors import Factors as Factors
from .io.opening import open_file as open_file
from .io.opening import open_labels as open_labels
from .io.opening import open_scan as open_scan
from .io.opening import open_volume as open_volume
from .io.saving import save_labels as save_labels
from .io.saving import save_scan as save_scan
from .io.saving import save_volume as save_volume
from .labels import Labels as Labels
from .labels import Material as Material
from .samples import sample_data_folder as sample_data_folder
from .scan import Scan as Scan
from .segmentation.inference import segment as segment
from .segmentation.model_folders.model_folder import ModelFolder as ModelFolder
from .segmentation.model_folders.model_folder import bundled_model as bundled_model
from .segmentation.segmentation import Segmentation as Segmentation
from .segmentation.training.training_request import TrainingRequest as TrainingRequest
from .simulation.simulate import simulate as simulate
from .tomography.recipe import Recipe as Recipe
from .tomography.reconstruction import reconstruct as reconstruct
from .volume import Quantity as Quantity
from .volume import Volume as Volume
from .workflows.compare import compare as compare
from .workflows.export import export_masks as export_masks
from .workflows.process.process import process as process
from .workflows.train import train_model as train_model

__all__ = [
    "Coefficients",
    "CrystalSegError",
    "Directions",
    "Factors",
    "InputError",
    "Labels",
    "Material",
    "ModelFolder",
    "Quantity",
    "Recipe",
    "Scan",
    "Segmentation",
    "TrainingRequest",
    "Volume",
    "absorb",
    "bundled_model",
    "compare",
    "export_anacor",
    "export_masks",
    "map_absorption",
    "open_file",
    "open_labels",
    "open_scan",
    "open_volume",
    "process",
    "reconstruct",
    "sample_data_folder",
    "save_labels",
    "save_scan",
    "save_volume",
    "segment",
    "simulate",
    "train_model",
]
