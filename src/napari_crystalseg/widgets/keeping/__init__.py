"""Nothing is lost: reviews saved as they go, gone on with after a crash, and accepted with a stamp."""
