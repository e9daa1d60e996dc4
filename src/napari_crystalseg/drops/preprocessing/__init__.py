"""How micrographs are brought to what networks see, as CHiMP does it."""
