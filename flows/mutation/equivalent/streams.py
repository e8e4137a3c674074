"""Mutants of streams that no bench can notice, and why."""

from neuroloom.flows.mutation.equivalent.reasons import LOADED

EQUIVALENT: dict[tuple[str, str, str, str], str] = {
    (
        "streams.constant_stream", "free.eq(~self.output.valid | self.output.ready),",
        "~self.output.valid", "self.output.valid",
    ): LOADED,
    (
        "streams.constant_stream",
        "read.addr.eq(position), read.en.eq(free & more), self.output.payload.eq(read.data),",
        "free & more", "free | more",
    ): LOADED,
    (
        "streams.constant_stream",
        "read.addr.eq(position), read.en.eq(free & more), self.output.payload.eq(read.data),",
        "free & more", "free",
    ): "what is read behind the last token is not offered",
    (
        "streams.constant_stream",
        "read.addr.eq(position), read.en.eq(free & more), self.output.payload.eq(read.data),",
        "free & more", "more",
    ): LOADED,
    (
        "streams.width_adapter", "if self.spec.output_lanes >= self.spec.input_lanes:",
        "self.spec.output_lanes >= self.spec.input_lanes",
        "self.spec.output_lanes > self.spec.input_lanes",
    ): "between equal widths both ways are one register",
}  # fmt: skip
