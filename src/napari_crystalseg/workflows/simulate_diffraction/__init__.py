"""Diffraction simulated and written: what is asked for, the images, and their truth."""
