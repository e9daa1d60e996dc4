"""Tools that propose a change of labels: pure functions, which the door for edits applies."""
