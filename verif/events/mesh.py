"""Stimulus for ``mesh``."""

from functools import partial

import numpy as np

from neuroloom.golden.contract import Waits
from neuroloom.golden.events.mesh import Edges, FlowControl, MeshSpec
from neuroloom.golden.events.mesh_turns import Place
from neuroloom.golden.events.packets import Side
from neuroloom.golden.events.router import DROPPED
from neuroloom.golden.ports import Integers, Traffic, count
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, joined, pick, random_tokens

BEYOND = 6
"""Packets more than a buffer holds that everybody sends to one place."""


class MeshStimulus(Stimulus[MeshSpec]):
    """Packets between all pairs, beyond the edges, to one place all at once; copies and ticks."""

    operations = 60
    carried = "payload"

    def corners(self) -> Traffic:
        spec = self.spec
        places = {(0, 0), (spec.columns - 1, spec.rows - 1), (spec.columns // 2, spec.rows // 2)}
        across = self.uncontended(np.random.default_rng(1), spec.depth + BEYOND)
        number = spec.depth + BEYOND
        return joined(*(self._all_to(place, number) for place in sorted(places)), across)

    def random(self, rng: Rng, operations: int) -> Traffic:
        """Packets to any place of the mesh as often as to any other, and sometimes anywhere."""
        spec, sent = self.spec, {}
        for name, (side, (x, y)) in spec.inputs.items():
            stream = next(stream for stream in spec.input_streams if stream.name == name)
            tokens = random_tokens(stream, rng, operations)
            columns = rng.integers(0, spec.columns, operations)
            rows = rng.integers(0, spec.rows, operations)
            anywhere = rng.random(operations) < 0.1
            for field, values in self._way(side, (x, y), columns, rows).items():
                tokens[field] = np.where(anywhere, tokens[field], values)
            for field in ("ex", "ey"):
                if field in tokens:
                    few = np.minimum(tokens[field], rng.integers(0, 4, operations))
                    tokens[field] = np.where(rng.random(operations) < 0.5, few, 0)
            if spec.tick:
                tokens["tick"] = (rng.random(operations) < 0.04).astype(np.int64)
            sent[name] = self._from(name, tokens)
        return sent

    def uncontended(self, rng: Rng, operations: int) -> Traffic:
        """What the contract is about: corners across, or everything straight on."""
        spec, sent = self.spec, {}
        last = (spec.columns - 1, spec.rows - 1)
        for name, (side, (x, y)) in spec.inputs.items():
            stream = next(stream for stream in spec.input_streams if stream.name == name)
            tokens = random_tokens(stream, rng, operations)
            goal = (x, y)
            if spec.edges is Edges.CLOSED and x in (0, last[0]) and y in (0, last[1]):
                goal = (last[0] - x, last[1] - y)
            way = self._way(side, (x, y), *(np.full(operations, coordinate) for coordinate in goal))
            if side is not None:  # straight on, and out again
                across = spec.columns if side.along_x else spec.rows
                way = {field: np.zeros(operations, np.int64) for field in way}
                way["dx" if side.along_x else "dy"] += across
            for field in ("ex", "ey", "tick"):
                if field in tokens:
                    way[field] = np.zeros(operations, np.int64)
            sent[name] = self._from(name, {**tokens, **way})
        return sent

    def competing(self, rng: Rng, shared: Waits, tokens: int) -> Traffic:
        sent = self._all_to(self.spec.outputs[shared.output][1], tokens)
        return {name: sent[name] for name in shared.most}

    def _all_to(self, place: Place, packets: int) -> Traffic:
        """Many packets from everywhere to one place; from the north and south to its row."""
        spec, sent = self.spec, {}
        number = np.arange(packets)
        for name, (side, here) in spec.inputs.items():
            stream = next(stream for stream in spec.input_streams if stream.name == name)
            tokens = {field.name: number % min(16, field.maximum + 1) for field in stream.fields}
            way = self._way(side, here, *(np.full(len(number), coordinate) for coordinate in place))
            for field in ("ex", "ey", "tick"):
                if field in tokens:
                    way[field] = np.zeros(len(number), np.int64)
            sent[name] = self._from(name, {**tokens, **way})
        return sent

    def _way(
        self, side: Side | None, here: Place, columns: Integers, rows: Integers
    ) -> dict[str, Integers]:
        """Distances from an input to places, as far as it reaches them."""
        (x, y), last = here, (self.spec.columns - 1, self.spec.rows - 1)
        match side:
            case Side.WEST:
                return {"dx": columns, "dy": rows - y}
            case Side.EAST:
                return {"dx": last[0] - columns, "dy": rows - y}
            case Side.SOUTH:
                return {"dy": rows}
            case Side.NORTH:
                return {"dy": last[1] - rows}
        return {"dx": columns - x, "dy": rows - y}

    def _from(self, name: str, tokens: dict[str, Integers]) -> dict[str, Integers]:
        """The same, with sources that no other input has."""
        if self.spec.source_bits:
            inputs = list(self.spec.inputs)
            number = inputs.index(name)
            source = tokens["source"] // len(inputs) * len(inputs) + number
            tokens["source"] = np.where(source >> self.spec.source_bits, number, source)
        return tokens

    def coverage(self) -> list[Cover]:
        spec = self.spec
        points = [Cover(f"{name} gives packets", partial(_gives, name)) for name in spec.outputs]
        if spec.tick:
            points.append(
                Cover(
                    "a tick", lambda sent, _: any(sent[name]["tick"].any() for name in spec.inputs)
                )
            )
        if spec.multicast and spec.columns > 1:
            points.append(Cover("copies in several columns", self._copied))
        if spec.count_drops:
            points.append(Cover("dropped", lambda _, got: count(got[DROPPED]) > 1))
        return points

    def _copied(self, sent: Traffic, _: Traffic) -> bool:
        return any((sent[name]["ex"] > 0).any() for name in self.spec.inputs if "ex" in sent[name])

    @classmethod
    def random_spec(cls, rng: Rng) -> MeshSpec:
        edges, widths = pick(rng, Edges), (None, 4, 5)
        return MeshSpec(
            columns=int(rng.integers(1, 4)),
            rows=int(rng.integers(1, 4)),
            payload_bits=int(rng.integers(1, 10)),
            source_bits=pick(rng, (0, 5, 7)),
            dx_bits=pick(rng, widths),
            dy_bits=pick(rng, widths),
            multicast=bool(rng.integers(2)),
            tick=bool(rng.integers(2)),
            flow_control=pick(rng, FlowControl),
            depth=int(rng.integers(3, 6)),
            edges=edges,
            count_drops=edges is Edges.CLOSED and bool(rng.integers(2)),
        )


def _gives(name: str, _: Traffic, got: Traffic) -> bool:
    return count(got[name]) > 1
