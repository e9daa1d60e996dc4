"""Whole tasks, made of the rooms: what the faces call."""
