"""Benchmarks: figures with machine and size, never assertions."""
