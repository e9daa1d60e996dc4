"""What a review keeps on disk: labels, timeline, what was looked at, and the stamp of what was accepted."""
