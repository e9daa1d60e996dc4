"""A network run over voxel values: in tiles, over the box of the sample, or slice by slice."""
