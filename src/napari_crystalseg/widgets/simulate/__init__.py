"""Tab Simulate."""
