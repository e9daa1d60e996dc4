"""Merging statistics of unmerged intensities, overall and in shells of resolution."""
