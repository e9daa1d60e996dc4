"""Tools that follow the hand: brush, interpolation between drawn slices, scissors."""
