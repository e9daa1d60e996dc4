"""What the stage Open asks of worker processes; without Qt."""
