"""Texts that come from outside or go out as files."""
