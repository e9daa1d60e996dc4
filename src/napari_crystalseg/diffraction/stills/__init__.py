"""Still images of a crystal: which reflections are near enough to the Ewald sphere, and how many photons they bring."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
