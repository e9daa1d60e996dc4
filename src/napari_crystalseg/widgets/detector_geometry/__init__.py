"""Detector geometry: beam centre, rings and tilt of a diffraction image, by hand and found."""
