"""Networks that tell hits, photon energy and distance, as a paper on the compact source at Arizona tried them."""
