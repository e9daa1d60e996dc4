"""Physics afterwards: what labels of a network cannot be, put right and told."""
