"""Mutants of events that no bench can notice, and why."""

EQUIVALENT: dict[tuple[str, str, str, str], str] = {
    (
        "events.aer_link",
        "m.d.comb += capture.eq(requested & ~ack & (~received.valid | received.ready))",
        "~received.valid | received.ready", "~received.valid & received.ready",
    ): "an event waits on the wires for a consumer, which the tests of aer_link see",
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
