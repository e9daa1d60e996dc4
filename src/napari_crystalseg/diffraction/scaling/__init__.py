"""Scaling: what is done to intensities before they are merged, fitted to the intensities themselves."""
