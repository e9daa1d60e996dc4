"""The plate: what of each micrograph is known, where it is drawn, and the keyboard through it."""
