"""What lies in a drop: crystals, precipitate, separated phases, spherulites, skins, fibres and bubbles."""
