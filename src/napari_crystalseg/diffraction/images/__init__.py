"""Diffraction images: spots drawn on panels, over a background, counted as a detector counts."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
