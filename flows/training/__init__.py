"""Data sets and training of the networks that the reports run."""
