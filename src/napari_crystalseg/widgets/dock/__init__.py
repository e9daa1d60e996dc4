"""The dock itself: its tabs, what follows the labels while it is open, and what its foot says and makes ready."""
