"""Commands that hold a network of drops against what is true."""
