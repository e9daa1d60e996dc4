"""Mother liquor: the shape that it takes at rest, what is dissolved in it, and bubbles."""
