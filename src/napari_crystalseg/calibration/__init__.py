"""Labels held against measured projections: geometry, and attenuation coefficients."""
