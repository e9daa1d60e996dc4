"""Stage Review: places to look at, worst first, and what remains when they were seen to."""
