"""Keep every determination in a log whose records are chained by hashes, and decide them again."""
