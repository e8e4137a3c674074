"""Mutants of events that no bench can notice, and why."""

from neuroloom.flows.mutation.equivalent.reasons import Key

EQUIVALENT: dict[Key, str] = {
    (
        "events.packets",
        "_on",
        "(form.dx_bits if axis == 'x' else form.dy_bits) - 1",
        "(form.dx_bits if axis == 'x' else form.dy_bits) + 1",
        0,
    ): "a sign that is low: negative distances take the other way",
    (
        "events.router_switch",
        "RouterSwitch._choose",
        "free & requests.any()",
        "free",
        0,
    ): "an empty register holds anything, and turns decide the order of flows alone",
    (
        "events.router_switch",
        "RouterSwitch._choose",
        "len(asking) > 1",
        "len(asking) >= 1",
        0,
    ): "one alone has every turn",
    (
        "events.router_switch",
        "RouterSwitch._advance",
        "len(branches) > 1",
        "len(branches) >= 1",
        0,
    ): "a packet with one way out is gone when it is taken",
}
