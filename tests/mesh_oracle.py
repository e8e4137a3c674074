"""A mesh walked packet by packet and hop by hop in plain Python, apart from the models."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from neuroloom.golden.events.mesh import MeshSpec
from neuroloom.golden.ports import Stream, Tokens, Traffic

Packet = dict[str, int]
OPPOSITE = {"north": "south", "south": "north", "east": "west", "west": "east"}
MOVES = {"north": (0, 1), "south": (0, -1), "east": (1, 0), "west": (-1, 0)}
CARGO = ("payload", "source", "tick")


def packets(tokens: Tokens) -> Iterator[Packet]:
    """Tokens one by one."""
    for values in zip(*(values.tolist() for values in tokens.values()), strict=True):
        yield dict(zip(tokens, values, strict=True))


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


def only(stream: Stream, packet: Packet) -> tuple[int, ...]:
    return tuple(packet[field.name] for field in stream.fields)


def walk(spec: MeshSpec, traffic: Traffic) -> dict[str, dict[str, list[Any]]]:
    """For every output stream the packets that each input gives it, in order; and those lost."""
    streams = {stream.name: stream for stream in spec.streams}
    given: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for name, (side, place) in spec.inputs.items():
        for sent in packets(traffic[name]):
            walking = [(place, str(side or "local"), sent)]
            while walking:
                (x, y), port, packet = walking.pop()
                for out, copy in route(port, packet):
                    if out == "local":
                        at = f"deliver_{x}_{y}"
                        given[at][name].append(only(streams[at], copy))
                        continue
                    to = (x + MOVES[out][0], y + MOVES[out][1])
                    if 0 <= to[0] < spec.columns and 0 <= to[1] < spec.rows:
                        walking.append((to, OPPOSITE[out], copy))
                    elif spec.edges == "open":
                        at = f"to_{out}_{y if out in ('east', 'west') else x}"
                        given[at][name].append(only(streams[at], copy))
                    elif not copy.get("tick"):
                        given["dropped"][name].append((1,))
    return given
