"""Edits of labels: one door for all of them, and one timeline that takes them back."""
