"""Commands that train the networks of drops."""
