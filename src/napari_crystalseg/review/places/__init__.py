"""Places where labels may be wrong, ranked by what that would change in the absorption factors."""
