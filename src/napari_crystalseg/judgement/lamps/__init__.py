"""Plausibility lamps: eight things that a physicist looks at in labels, each with a sentence and a place."""
