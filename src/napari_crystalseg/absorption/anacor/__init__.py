"""Folders that AnACor 2.0 reads."""
