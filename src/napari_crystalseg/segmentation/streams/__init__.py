"""Streams of training patches: from simulated volumes, and painted from label maps alone."""
