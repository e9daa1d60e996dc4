"""Stage Check."""
