"""What the dock asks of worker processes: plain functions, without Qt."""
