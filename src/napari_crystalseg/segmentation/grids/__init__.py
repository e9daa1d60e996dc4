"""Grids on which networks see a volume: laid out, its voxel values on them, and class probabilities brought back."""
