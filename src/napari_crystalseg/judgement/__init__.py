"""Whether results may be used: plausibility, units, and the light before export."""
