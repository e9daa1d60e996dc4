"""Spots found in single images by a dispersion threshold, and the rings that are no spots."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
