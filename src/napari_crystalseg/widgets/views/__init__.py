"""Layers that the dock shows beside the user's own, and what is out of sight meanwhile."""
