"""What a tool would change: asked for in a thread, shown over the labels, and ready to be made."""
