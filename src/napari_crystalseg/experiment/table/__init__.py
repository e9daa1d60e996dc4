"""Tables of reflections as files hold them, and what scaling selects of them."""
