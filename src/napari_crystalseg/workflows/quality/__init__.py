"""Quality: what labels cost in the merging statistics of the diffraction data that are corrected with them."""
