"""Name the leaves that decided, and say criteria in words."""
