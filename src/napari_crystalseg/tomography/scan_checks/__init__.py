"""Whether the frames of a scan are what they should be, and belong to its angles."""
