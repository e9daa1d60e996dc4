"""The widget *Hit finding*: a table of images, and the spots of the one that is chosen."""
