"""Mutants of events that no bench can notice, and why."""

from neuroloom.flows.mutation.equivalent.reasons import LOADED

EQUIVALENT: dict[tuple[str, str, str, str], str] = {
    (
        "events.constant_stream", "free.eq(~self.output.valid | self.output.ready),",
        "~self.output.valid", "self.output.valid",
    ): LOADED,
    (
        "events.constant_stream",
        "read.addr.eq(position), read.en.eq(free & more), self.output.payload.eq(read.data),",
        "free & more", "free | more",
    ): LOADED,
    (
        "events.constant_stream",
        "read.addr.eq(position), read.en.eq(free & more), self.output.payload.eq(read.data),",
        "free & more", "free",
    ): "what is read behind the last token is not offered",
    (
        "events.constant_stream",
        "read.addr.eq(position), read.en.eq(free & more), self.output.payload.eq(read.data),",
        "free & more", "more",
    ): LOADED,
    (
        "events.aer_link",
        "m.d.comb += capture.eq(requested & ~ack & (~received.valid | received.ready))",
        "~received.valid | received.ready", "~received.valid & received.ready",
    ): "an event waits on the wires for a consumer, which the tests of aer_link see",
    (
        "events.stream_fifo", "self.input.ready.eq(~(meet & filled)),", "meet & filled", "filled",
    ): "the queue holds less than it could, which the tests of event_fifo count",
    (
        "events.width_adapter", "if self.spec.output_lanes >= self.spec.input_lanes:",
        "self.spec.output_lanes >= self.spec.input_lanes",
        "self.spec.output_lanes > self.spec.input_lanes",
    ): "between equal widths both ways are one register",
    (
        "events.packets", 'bits = (form.dx_bits if axis == "x" else form.dy_bits) - 1',
        "(form.dx_bits if axis == 'x' else form.dy_bits) - 1",
        "(form.dx_bits if axis == 'x' else form.dy_bits) + 1",
    ): "a sign that is low: negative distances take the other way",
    (
        "events.router_switch", "m.d.comb += load.eq(free & requests.any())",
        "free & requests.any()", "free",
    ): "an empty register holds anything, and turns decide the order of flows alone",
    (
        "events.router_switch",
        "m.d.comb += grant.eq(round_robin(m, requests, load)[0] if len(asking) > 1 else requests)",
        "len(asking) > 1", "len(asking) >= 1",
    ): "one alone has every turn",
    (
        "events.router_switch", "if self.spec.copies and len(branches) > 1:",
        "len(branches) > 1", "len(branches) >= 1",
    ): "a packet with one way out is gone when it is taken",
    (
        "events.drop_counter", "following = Signal(self.bits + 1)", "self.bits + 1",
        "self.bits - 1",
    ): "so many drops never wait in a run of the bench; tests/test_router.py counts to the end",
    (
        "events.drop_counter",
        "m.d.sync += pending.eq(Mux(following[-1], (1 << self.bits) - 1, following))",
        "(1 << self.bits) - 1", "(1 << self.bits) + 1",
    ): "so many drops never wait in a run of the bench; tests/test_router.py counts to the end",
}  # fmt: skip
