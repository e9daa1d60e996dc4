"""Three linked planes and 3-D beside napari's canvas, drawn without OpenGL."""
