"""The canvas of napari beside the planes: its cross, its mouse, and where it looks."""
