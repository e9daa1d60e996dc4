"""Methods of reconstruction."""
