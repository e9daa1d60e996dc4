"""Planar faces of crystals: fitted to their surface or to a known habit, moved, and snapped to."""
