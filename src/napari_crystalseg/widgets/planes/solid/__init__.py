"""The labels in 3-D beside the planes, drawn without OpenGL."""
