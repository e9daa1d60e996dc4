"""Commands that train, pack and judge a segmentation model."""
