"""New phantoms from corrected labels."""
