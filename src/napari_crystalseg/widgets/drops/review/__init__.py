"""The review of one micrograph: its layers, what follows from edits, and what is kept."""
