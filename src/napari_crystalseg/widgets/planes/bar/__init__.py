"""What stands above and below the planes: the look of the labels, and what is under the pointer."""
