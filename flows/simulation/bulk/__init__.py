"""Bulk simulation: whole data sets through a compiled harness, without Python in the loop."""
