"""Crystallisation drops: what a micrograph shows, where its crystals lie, and where to dispense."""
