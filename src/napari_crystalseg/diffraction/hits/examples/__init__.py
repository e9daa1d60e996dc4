"""Simulated images with and without a crystal, alike in brightness, to train and to judge hit finders with."""
