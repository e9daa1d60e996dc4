"""Detectors of drops and crystals: Mask R-CNN, the bundled small one or CHiMP's published ones."""
