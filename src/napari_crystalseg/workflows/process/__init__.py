"""The whole main job, in stages that are done again only when something changed."""
