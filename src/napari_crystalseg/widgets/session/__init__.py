"""What the dock works on in one viewer, without widgets."""
