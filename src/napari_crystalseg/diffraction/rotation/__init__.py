"""A rotation scan of a crystal: which reflections it brings, where, when, and how many photons of each."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
