"""Pictures of planes: voxels of layers of any place in the world, sampled and coloured as napari shows them."""
