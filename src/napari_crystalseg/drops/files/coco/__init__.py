"""COCO JSON: data sets of outlined objects, and lists of what a detector found."""
