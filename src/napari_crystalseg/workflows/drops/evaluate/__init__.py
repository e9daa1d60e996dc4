"""Classifiers and detectors of drops held against what is true, in the tables of CHiMP's paper."""
