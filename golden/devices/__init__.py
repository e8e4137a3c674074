"""Behavioural models of memory arrays and converters: for golden models only, never emitted."""
