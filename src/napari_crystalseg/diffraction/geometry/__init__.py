"""Where the beam meets a detector and how that detector leans, from single diffraction images."""
