"""Raw scans in HDF5: NXtomo, Data Exchange and the fly scans of I23, and what they state."""
