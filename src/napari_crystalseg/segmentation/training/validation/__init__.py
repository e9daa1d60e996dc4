"""Validation while a network is trained: sets of cases, and how it does on each."""
