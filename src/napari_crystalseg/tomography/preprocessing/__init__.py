"""From detector counts to transmission, and what is mended on the way."""
