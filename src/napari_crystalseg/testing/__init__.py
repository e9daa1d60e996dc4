"""What tests of this package and of others share: phantoms with known answers, drawn examples, and machines that work."""
