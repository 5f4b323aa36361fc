"""Combine statuses in strong Kleene logic into verdict and amount, line by line."""
