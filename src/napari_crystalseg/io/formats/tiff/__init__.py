"""TIFF: stacks, folders of slices and folders of frames."""
