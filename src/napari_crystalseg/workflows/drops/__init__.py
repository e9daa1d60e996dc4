"""Micrographs of drops: what joins their files, the simulator and the networks."""
