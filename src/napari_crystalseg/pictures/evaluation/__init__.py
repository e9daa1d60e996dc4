"""Pictures of an evaluation: worst slices, distributions over cases, and the page with all of them"""
