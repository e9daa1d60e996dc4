"""Structure factors: of a model with bulk solvent, or of Wilson's statistics."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
