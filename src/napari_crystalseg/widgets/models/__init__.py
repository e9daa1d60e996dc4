"""Segmentation models in the dock: chosen by name, installed, and their cards."""
