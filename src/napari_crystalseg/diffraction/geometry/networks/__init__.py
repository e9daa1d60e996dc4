"""Networks that look at a whole image and say beam centre and tilt, and what they look at."""
