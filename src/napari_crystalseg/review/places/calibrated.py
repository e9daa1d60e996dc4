"""Numbers that ``scripts/places_calibration.py`` fits to simulated samples; it writes this file.

Last fitted to 100 reviews of 50 cases, 72 voxels a side, seed 88107.
"""

WEIGHTS = (-0.444, 0.524, -1.5, -0.238, 0.823, 0.347, -2.042, -0.02, 0.228, 0.057, 0.017, -0.341, 0.165, -0.292)
"""Weights of the signs in the logistic function of the doubt, as :data:`.doubt.NAMES`."""

FACTOR = 1.75
"""By what the expected change is multiplied to make the bound."""

STAKE_WEIGHT = 0.7455
"""Weight of what is at stake in all places that are open, listed or not."""

SHELL_WEIGHT = 0.4069
"""Voxels by which all surfaces of the crystal may be shifted together."""

SHELL_DOUBT_WEIGHT = 0.01455
"""By what the mean doubt at the crystal's surface adds to that."""

CRYSTAL_DOUBT_WEIGHT = 0.03122
"""Weight of the mean doubt, %, inside the crystal."""

MOST_CRYSTAL_DOUBT = 0.07
"""Mean doubt inside the crystal beyond which nothing is promised."""

MOST_SAMPLE_DOUBT = 0.4844
"""Mean doubt over the sample beyond which no bound was tried."""
