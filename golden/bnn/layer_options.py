"""What a binarized layer gives, and where its parameters come from."""

from enum import StrEnum


class ParameterSource(StrEnum):
    """Source of the layer's weights and thresholds."""

    FIXED = "fixed"
    """Given in the Spec: block RAM with contents, read only."""
    LOADED = "loaded"
    """Written into block RAM through streams; vectors wait for the first complete load."""
    STREAMED = "streamed"
    """Read from streams fold by fold, nothing is stored."""


class LayerOutput(StrEnum):
    """What the layer gives."""

    BITS = "bits"
    """One activation bit a neuron: p >= threshold."""
    SCORES = "scores"
    """The sum p of every neuron."""
    CLASS = "class"
    """The neuron with the greatest p; the lowest index wins a tie."""
