"""How well hits are told, by networks and by peaks, at the usual flux and at less."""
