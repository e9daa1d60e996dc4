"""Commands for the geometry of diffraction images: found, and the networks that help, trained and judged."""
