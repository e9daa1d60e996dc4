"""Hits: which images of files are hits, with their spots, and whether their headers agree with them."""
