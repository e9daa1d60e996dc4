"""What simulated cases are asked for with: frozen, checked on construction, and written into their manifests."""
