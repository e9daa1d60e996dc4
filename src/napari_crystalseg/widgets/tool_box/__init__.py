"""Tools of the review in the dock: previewed, applied or dropped; what they may touch; and the timeline."""
