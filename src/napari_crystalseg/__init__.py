"""From an X-ray tomogram of a protein crystal to its absorption factors."""

from .samples import sample_data_folder

__all__ = ["sample_data_folder"]
