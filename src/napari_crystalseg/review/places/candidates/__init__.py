"""Regions that may be wrong: what the network doubts, what no sample looks like, and voxel values of another class."""
