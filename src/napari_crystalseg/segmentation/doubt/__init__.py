"""How far the labels of a network can be trusted: calibrated uncertainty, and whether a volume is like its training."""
