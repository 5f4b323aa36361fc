"""Decide cases by the million: in data frames where the extra `batch` is installed, else in the embedded store."""
