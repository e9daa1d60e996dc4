"""Formats of files, a folder each: who reads and who writes them, in order of trust."""
