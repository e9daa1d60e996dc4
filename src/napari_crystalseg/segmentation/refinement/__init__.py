"""A second look at full resolution: blocks along the surfaces of the coarse labels, level by level up to the voxel."""
