"""The classical radius of the electron, by which all scattering of X-rays is counted."""

ELECTRON_RADIUS_ANGSTROM = 2.8179403205e-5
"""CODATA 2022."""
