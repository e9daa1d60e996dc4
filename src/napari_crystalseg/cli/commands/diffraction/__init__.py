"""Commands for diffraction: simulated, scaled, judged, its geometry and its hits."""
