"""From an X-ray tomogram of a protein crystal to its absorption factors.

The nouns and the functions that a script needs; whatever is not listed here may change without notice. Names are
imported when first used, so that importing the package is quick.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
