"""What edits of labels do to absorption factors: before them, and while they are made."""
