"""What parts of a sample are made of, and their refractive index."""
