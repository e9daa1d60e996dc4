"""Random samples, drawn from declared priors."""
