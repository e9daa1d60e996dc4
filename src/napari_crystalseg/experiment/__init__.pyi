from .detector import Detector as Detector
from .detector import Panel as Panel
from .experiment import Experiment as Experiment
from .experiment import Sweep as Sweep
from .experiment import read_experiment as read_experiment
from .goniometer import Goniometer as Goniometer
from .table.reflections import Reflections as Reflections
from .table.reflections import read_reflections as read_reflections
from .table.scaling_selection import ScalingSelection as ScalingSelection

__all__ = [
    "Detector",
    "Experiment",
    "Goniometer",
    "Panel",
    "Reflections",
    "ScalingSelection",
    "Sweep",
    "read_experiment",
    "read_reflections",
]
