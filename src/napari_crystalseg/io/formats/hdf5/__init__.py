"""HDF5: raw scans as NeXus, Data Exchange and I23's fly scans, and volumes."""
