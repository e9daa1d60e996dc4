"""Frames of raw scans: which belongs to which angle, and which way they lie."""
