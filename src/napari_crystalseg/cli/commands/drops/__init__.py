"""Commands for crystallisation drops."""
