"""Training of the small detector on outlined micrographs, within a budget, and on from where it was ended."""
