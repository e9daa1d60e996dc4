"""The rotation axis: where the detector sees it, how it leans, and scans with the axis near the edge."""
