"""The volume in the stage Open: what is known of it, its voxel size, and whether it is a mask."""
