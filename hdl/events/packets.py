"""One step of a packet's way through a mesh, as hardware."""

from typing import Any

from amaranth.hdl import C, Mux, Value

from neuroloom.golden.events.packets import LOCAL, PacketFormat, Port, Side

Distances = dict[str, Value]
Leaves = dict[Port, tuple[Value, Distances]]


def step(form: PacketFormat, port: Port, packet: Any) -> Leaves:
    """Whether ``packet``, which came in at ``port``, has to leave at each output as something
    other than a tick, and the distances it leaves with; those of a tick are 0.
    """
    nowhere = C(0, 1)
    tick = packet.tick if form.tick else nowhere
    further_rows = packet.ey.any() if form.multicast else nowhere
    more_rows = packet.dy.any() | further_rows
    here: Value = C(1, 1)
    leaves: Leaves = {}
    if port == LOCAL or Side(port).along_x:
        here = ~packet.dx.any()
        more_columns = packet.dx.any() | (packet.ex.any() if form.multicast else nowhere)
        rows = {"dy": _unless(tick, packet.dy)}
        if form.multicast:
            rows["ey"] = _unless(tick, packet.ey)
        if port == LOCAL:
            back = packet.dx[-1]
            leaves[Side.EAST] = more_columns & ~back, {**_on(form, packet, "x"), **rows}
            leaves[Side.WEST] = back, {**_back(form, packet, "x"), **rows}
        else:
            leaves[Side(port).opposite] = more_columns, {**_on(form, packet, "x"), **rows}
        back = packet.dy[-1]
        leaves[Side.NORTH] = here & more_rows & ~back, _on(form, packet, "y")
        leaves[Side.SOUTH] = here & back, _back(form, packet, "y")
    else:
        leaves[Side(port).opposite] = more_rows, _on(form, packet, "y")
    leaves[LOCAL] = here & ~packet.dy.any(), {}
    return {output: (goes & ~tick, distances) for output, (goes, distances) in leaves.items()}


def _on(form: PacketFormat, packet: Any, axis: str) -> Distances:
    """A step less, or at a distance of 0 a copy less; not for negative distances.

    A single bit is 0 after either.
    """
    tick = packet.tick if form.tick else C(0, 1)
    bits = (form.dx_bits if axis == "x" else form.dy_bits) - 1
    distance = packet[f"d{axis}"][:bits]
    left = (distance - 1)[:bits]
    if not form.multicast:
        return {f"d{axis}": _unless(tick, left)}
    extent, there = packet[f"e{axis}"], ~distance.any()
    if bits == 1:
        left = C(0, 1)
    return {
        f"d{axis}": _unless(tick | there, left),
        f"e{axis}": _unless(tick, (extent - there)[:bits]),
    }


def _back(form: PacketFormat, packet: Any, axis: str) -> Distances:
    """What is left of a negative distance after a step: its complement, without the sign."""
    tick = packet.tick if form.tick else C(0, 1)
    left = {f"d{axis}": _unless(tick, ~packet[f"d{axis}"][:-1])}
    if form.multicast:
        left[f"e{axis}"] = _unless(tick, packet[f"e{axis}"])
    return left


def _unless(condition: Value, value: Value) -> Value:
    """``value``, or zeros of its width under ``condition``."""
    return Mux(condition, C(0, len(value)), value)
