"""Stage Open."""
