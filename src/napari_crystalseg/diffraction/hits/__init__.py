"""Spots of single diffraction images, whether an image is a hit, and whether its header agrees with it."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
