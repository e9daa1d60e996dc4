"""Absorption factors of reflections by ray tracing through labels.

Names are imported when first used, because the tracer brings in numba.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
