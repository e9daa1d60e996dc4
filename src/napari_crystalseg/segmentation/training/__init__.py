"""Training of a model, its validation, and its export as a model folder."""
