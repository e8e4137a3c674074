"""A mesh walked packet by packet and hop by hop."""

from collections import defaultdict

from neuroloom.golden.events.mesh import Edges, MeshSpec
from references.events.router import OPPOSITE, Packet, by_name, fields_at, route
from references.plain import Lists, rows

KIND = "packet by packet"
MOVES = {"north": (0, 1), "south": (0, -1), "east": (1, 0), "west": (-1, 0)}


def inputs(spec: MeshSpec) -> dict[str, tuple[str, tuple[int, int]]]:
    """Port and router, by the name of the stream into the mesh."""
    places = [(x, y) for y in range(spec.rows) for x in range(spec.columns)]
    streams = {f"inject_{x}_{y}": ("local", (x, y)) for x, y in places}
    if spec.edges is Edges.CLOSED:
        return streams
    for side, (dx, dy) in MOVES.items():
        for x, y in places:
            if not (0 <= x + dx < spec.columns and 0 <= y + dy < spec.rows):
                streams[f"from_{side}_{x if dy else y}"] = (side, (x, y))
    return streams


def walk(spec: MeshSpec, sent: Lists) -> dict[str, dict[str, list[Packet]]]:
    """For every output stream the packets that each input gives it, in order; and those lost."""
    delivered: dict[str, dict[str, list[Packet]]] = defaultdict(lambda: defaultdict(list))
    for name, (entry, start) in inputs(spec).items():
        for first in rows(sent[name]):
            walking = [(start, entry, first)]
            while walking:
                (x, y), port, packet = walking.pop()
                for out, copy in route(port, packet):
                    if out == "local":
                        delivered[f"deliver_{x}_{y}"][name].append(copy)
                        continue
                    to = (x + MOVES[out][0], y + MOVES[out][1])
                    if 0 <= to[0] < spec.columns and 0 <= to[1] < spec.rows:
                        walking.append((to, OPPOSITE[out], copy))
                    elif spec.edges is Edges.OPEN:
                        at = f"to_{out}_{y if out in ('east', 'west') else x}"
                        delivered[at][name].append(copy)
                    elif not copy.get("tick"):
                        delivered["dropped"][name].append({"lost": 1})
    return delivered


def expected(spec: MeshSpec, _: Lists, sent: Lists) -> Lists:
    walked = walk(spec, sent)
    result: Lists = {}
    for name, (port, _place) in inputs(spec).items():
        out = name.replace("inject", "deliver").replace("from", "to")
        packets = [packet for entry in inputs(spec) for packet in walked[out][entry]]
        result[out] = by_name(packets, fields_at(port, spec))
    if spec.count_drops:
        result["dropped"] = {"lost": [1] * sum(map(len, walked["dropped"].values()))}
    return result
