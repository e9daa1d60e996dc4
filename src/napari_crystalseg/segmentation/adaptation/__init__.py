"""A network adapted to the sample at hand, without labels: its answers to varied views are brought together."""
