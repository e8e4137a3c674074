"""Why no bench can notice a mutant: what is true of several."""

EQUAL_END = "the value is the end of the range already"
EQUAL_VALUES = "of two equal values either one"
WIDER = "a signal wider than it need be, the same value"
PRECHARGED = "word lines while the strobe is low; the macro's own test looks at them"
OBSERVED = "cycles of nodes are not of the bench; tests/systems/test_core_network.py counts them"
LOADED = "loads are taken at once; tests/systems/test_core_network.py tests the part by itself"

Key = tuple[str, str, str, str, int]
"""Module, classes and functions around, expression before, after, and which of several, from 0."""
