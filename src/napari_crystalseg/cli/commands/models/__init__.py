"""Commands for segmentation models: trained, packed, judged, and known by name."""
