"""How well labels agree with a reference: voxels, surfaces, volumes."""
