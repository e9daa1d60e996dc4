"""Tools for regions by voxel values: growing, watershed, and the network in a box."""
