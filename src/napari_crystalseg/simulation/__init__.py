"""Whole simulated cases: random samples and variants of real ones, scanned and reconstructed."""
