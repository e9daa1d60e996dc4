"""A core function in a process of its own: updates, progress, and a way to stop it."""
