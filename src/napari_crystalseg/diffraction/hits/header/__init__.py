"""Whether energy and distance of a header agree with the image: by the ring of water, and by networks."""
