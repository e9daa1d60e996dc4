"""Files and folders as such: whole or absent, ours or the user's, and in use."""
