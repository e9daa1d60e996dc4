"""The labels of the user: their classes, counts and findings, kept up to date while the brush paints."""
