"""Models of an experiment: beam, goniometer, detector and crystal of each sweep."""
