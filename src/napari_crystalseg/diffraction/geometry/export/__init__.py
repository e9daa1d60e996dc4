"""A geometry as other programs take it: pyFAI, DIALS, XDS."""
