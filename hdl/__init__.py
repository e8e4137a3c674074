"""Amaranth components: one for each specification in :mod:`neuroloom.golden`."""
