"""Mutants of streams that no bench can notice, and why."""

from neuroloom.flows.mutation.equivalent.reasons import LOADED, Key

EQUIVALENT: dict[Key, str] = {
    (
        "streams.constant_stream",
        "ConstantStream.elaborate",
        "free & more",
        "free | more",
        0,
    ): LOADED,
    (
        "streams.constant_stream",
        "ConstantStream.elaborate",
        "free & more",
        "free",
        0,
    ): "what is read behind the last token is not offered",
    ("streams.constant_stream", "ConstantStream.elaborate", "free & more", "more", 0): LOADED,
    (
        "streams.width_adapter",
        "WidthAdapter.elaborate",
        "self.spec.output_lanes >= self.spec.input_lanes",
        "self.spec.output_lanes > self.spec.input_lanes",
        0,
    ): "between equal widths both ways are one register",
}
