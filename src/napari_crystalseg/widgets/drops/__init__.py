"""The widget *Drops*: a plate of micrographs, the review of one drop, and what is exported of all."""
