"""A diffraction experiment as DIALS's files hold it: beam, goniometer, detector, crystal, tables of reflections."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
