from .background import Background as Background
from .background import Plastic as Plastic
from .background import random_background as random_background

__all__ = ["Background", "Plastic", "random_background"]
