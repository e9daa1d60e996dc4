"""Tools for the surfaces of classes: grow, shrink, smooth, one class or all together."""
