"""What a file states and is not used, or does not state and is assumed, in sentences for the user."""
