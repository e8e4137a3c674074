"""Regressions: many runs of the bench, here or on a cluster, with one summary."""
