"""Diffraction of a protein crystal: intensities, images, what merging makes of them, geometry and hits."""
