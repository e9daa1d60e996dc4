"""Spots of single diffraction images, whether an image is a hit, and whether its header agrees with it."""
