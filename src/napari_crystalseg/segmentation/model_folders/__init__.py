"""Model folders: read, checked, those that come with the package, and those that a user brought."""
