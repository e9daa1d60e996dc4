"""How much more often small squares of an image are bright than noise makes them, and what that says of a crystal."""
