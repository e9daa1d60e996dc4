"""Diffraction images to files: CBF as a Pilatus writes it, and NXmx."""
