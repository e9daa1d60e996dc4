"""A volume in slabs: how many at once, which are done, and the file that they go to."""
