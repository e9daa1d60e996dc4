"""Stage Export."""
