"""A router as a way of one packet: X first, then Y, copies on the way, ticks everywhere."""

from collections.abc import Iterator

from neuroloom.golden.events.mesh import MeshSpec
from neuroloom.golden.events.router import RouterSpec
from references.plain import Lists, rows

KIND = "packet by packet"
Packet = dict[str, int]
OPPOSITE = {"north": "south", "south": "north", "east": "west", "west": "east"}
CARGO = ("payload", "source", "tick")


def route(port: str, packet: Packet) -> Iterator[tuple[str, Packet]]:
    """Where one packet leaves a router, with its fields on the link; one for each copy."""
    p = {"ex": 0, "ey": 0, "tick": 0, "dx": 0, **packet}
    cargo = {name: p[name] for name in CARGO if name in packet}
    if p["tick"]:
        ways = {"local": ["north", "east", "south", "west"]}
        ways |= {each: ["north", "south", OPPOSITE[each]] for each in ("east", "west")}
        for out in ways.get(port, [OPPOSITE.get(port, "")]):
            yield out, {"dx": 0, "dy": 0, "ex": 0, "ey": 0, **cargo}
        yield "local", cargo
        return
    if port not in ("north", "south"):
        on = OPPOSITE.get(port, "west" if p["dx"] < 0 else "east")
        rows = {"dy": p["dy"], "ey": p["ey"], **cargo}
        if p["dx"] != 0:
            yield on, {"dx": abs(p["dx"]) - 1, "ex": p["ex"], **rows}
            return
        if p["ex"] > 0:
            yield on, {"dx": 0, "ex": p["ex"] - 1, **rows}
        port = "south" if p["dy"] >= 0 else "north"  # as if it came from there
    if p["dy"] != 0:
        yield OPPOSITE[port], {"dy": abs(p["dy"]) - 1, "ey": p["ey"], **cargo}
        return
    if p["ey"] > 0:
        yield OPPOSITE[port], {"dy": 0, "ey": p["ey"] - 1, **cargo}
    yield "local", cargo


def fields_at(out: str, spec: RouterSpec | MeshSpec) -> list[str]:
    """The fields of packets at an output."""
    carried = ["payload"] + ["source"] * (spec.source_bits > 0) + ["tick"] * spec.tick
    if out == "local":
        return carried
    along = ["dx", "dy"] if out in ("east", "west") else ["dy"]
    return along + [f"e{each[1]}" for each in along] * spec.multicast + carried


def by_name(packets: list[Packet], names: list[str]) -> dict[str, list[int]]:
    return {name: [packet[name] for packet in packets] for name in names}


def expected(spec: RouterSpec, _: Lists, sent: Lists) -> Lists:
    """Every copy at its output, input after input; what has no neighbour to go to is dropped."""
    sides = [side for side in OPPOSITE if side not in spec.edges]
    inputs = {**{side: f"from_{side}" for side in sides}, "local": "inject"}
    left: dict[str, list[Packet]] = {out: [] for out in inputs}
    dropped = 0
    for port, name in inputs.items():
        for packet in rows(sent[name]):
            for out, copy in route(port, packet):
                if out in left:
                    left[out].append(copy)
                else:
                    dropped += not copy.get("tick")
    names = {**{side: f"to_{side}" for side in sides}, "local": "deliver"}
    result = {names[out]: by_name(left[out], fields_at(out, spec)) for out in inputs}
    return {**result, "dropped": {"lost": [1] * dropped}} if spec.count_drops else result
