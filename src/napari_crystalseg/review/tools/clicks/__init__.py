"""Clicks: a place is, or is not, of a class, and the region about it follows."""
