"""Process: the whole main job from the dock, with its results on layers as they come"""
