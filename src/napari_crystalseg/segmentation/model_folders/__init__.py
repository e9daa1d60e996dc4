"""Model folders: read, verified, known by name, installed, and their cards."""
