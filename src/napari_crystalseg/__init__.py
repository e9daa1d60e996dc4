"""From an X-ray tomogram of a protein crystal to its absorption factors."""
