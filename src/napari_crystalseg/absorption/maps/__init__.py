"""Absorption over all directions, and its spherical harmonics."""
