"""What tests share, those of other packages too: phantoms, drawn examples, and machines that work through reviews."""
