"""Stimulus for ``router``."""

from functools import partial

import numpy as np

from neuroloom.golden.contract import Waits
from neuroloom.golden.events.packets import LOCAL, Port, Side, step
from neuroloom.golden.events.router import DROP_BITS, DROPPED, LEAST_DROP_BITS, RouterSpec
from neuroloom.golden.ports import Integers, Traffic, count
from neuroloom.verif.stimulus import Cover, Rng, Stimulus, joined, pick, random_tokens

BEYOND = 6
"""Packets more than a buffer holds that all go to one output, from every input."""
MIXTURES = 40


class RouterStimulus(Stimulus[RouterSpec]):
    """Packets to every output, near and far; all inputs at once to one output; copies and ticks."""

    operations = 60
    carried = "payload"

    def corners(self) -> Traffic:
        """All that can go to an output goes there, and the ends of every distance."""
        number = self.spec.depth + BEYOND
        parts = [self._all_to(output, number) for output in self.spec.ports]
        return joined(*parts, self._ends())

    def random(self, rng: Rng, operations: int) -> Traffic:
        sent = {}
        for port, stream in self.spec.inputs.items():
            tokens = random_tokens(stream, rng, operations)
            for name in ("dx", "dy", "ex", "ey"):  # mostly near, so that every output is used
                if name in tokens:
                    near = rng.random(operations) < 0.6
                    tokens[name] = np.where(near, np.clip(tokens[name], -1, 1), tokens[name])
                    tokens[name] = np.where(rng.random(operations) < 0.4, 0, tokens[name])
            if "tick" in tokens:
                tokens["tick"] = (rng.random(operations) < 0.1).astype(np.int64)
            sent[stream.name] = self._from(port, tokens)
        return sent

    def uncontended(self, rng: Rng, operations: int) -> Traffic:
        """Every input has an output of its own: straight on where it can, else around."""
        sent = {}
        for port, output in self._pairs().items():
            stream = self.spec.inputs[port]
            tokens = {**random_tokens(stream, rng, operations), **self._way(port, output)}
            columns = {name: np.broadcast_to(values, operations) for name, values in tokens.items()}
            sent[stream.name] = self._from(port, columns)
        return sent

    def _pairs(self) -> dict[Port, Port]:
        sides = [port for port in self.spec.ports if port != LOCAL]
        pairs: dict[Port, Port] = {
            side: side.opposite for side in map(Side, sides) if side.opposite in sides
        }
        # at most one side along X and one along Y are left: X turns, Y leaves, packets come in
        turns = sorted((Side(side) for side in sides if side not in pairs), key=_along_x)
        around = [LOCAL, *turns]
        for output, port in zip(around, [*turns, LOCAL], strict=True):
            pairs[port] = output
        return pairs

    def _way(self, port: Port, output: Port) -> dict[str, Integers]:
        """Distances from ``port`` out at ``output`` and nowhere else."""
        steps = {"dx": 0, "dy": 0, "ex": 0, "ey": 0, "tick": 0}
        if output != LOCAL:
            axis = "dx" if Side(output).along_x else "dy"
            steps[axis] = -1 if port == LOCAL and output in (Side.WEST, Side.SOUTH) else 1
            if output is Side.SOUTH and port != LOCAL and Side(port).along_x:
                steps[axis] = -1
        names = [field.name for field in self.spec.inputs[port].fields]
        return {name: np.array(value) for name, value in steps.items() if name in names}

    def competing(self, rng: Rng, shared: Waits, tokens: int) -> Traffic:
        output = next(
            port for port, stream in self.spec.outputs.items() if stream.name == shared.output
        )
        sent = self._all_to(output, tokens)
        return {name: sent[name] for name in shared.most}

    def _all_to(self, output: Port, packets: int) -> Traffic:
        """Those that cannot go there send to where they can first."""
        sent = {}
        for port, stream in self.spec.inputs.items():
            goal = output if output in self.spec.branches(port) else self.spec.branches(port)[0]
            number = np.arange(packets)
            tokens = {
                field.name: number % min(16, field.maximum + 1) for field in stream.fields
            } | {name: np.full(len(number), value) for name, value in self._way(port, goal).items()}
            sent[stream.name] = self._from(port, tokens)
        return sent

    def _ends(self) -> Traffic:
        """Ends of the ranges and the values beside 0, in every mixture."""
        rng = np.random.default_rng(1)
        sent = {}
        for port, stream in self.spec.inputs.items():
            tokens = {}
            for field in stream.fields:
                ends = {field.minimum, field.maximum, 0, 1, -1 if field.signed else 0}
                tokens[field.name] = rng.choice(sorted(ends), MIXTURES)
            sent[stream.name] = self._from(port, tokens)
        return sent

    def _from(self, port: Port, tokens: dict[str, Integers]) -> dict[str, Integers]:
        """The same, with sources that no other input has."""
        if self.spec.source_bits:
            inputs, number = len(self.spec.ports), self.spec.ports.index(port)
            source = tokens["source"] // inputs * inputs + number
            tokens["source"] = np.where(source >> self.spec.source_bits, number, source)
        return tokens

    def coverage(self) -> list[Cover]:
        spec = self.spec
        points = [
            Cover(f"from {port} to {output}", partial(_goes, stream.name, port, output))
            for port, stream in spec.inputs.items()
            for output in spec.branches(port)
        ]
        if spec.copies and len(spec.ports) > 1:
            points.append(Cover("a packet leaves at several outputs", self._copied))
        if spec.count_drops:
            points.append(Cover("dropped", lambda _, got: count(got[DROPPED]) > 1))
        return points

    def _copied(self, sent: Traffic, _: Traffic) -> bool:
        return any(
            (np.sum([goes for goes, _ in step(port, sent[stream.name]).values()], axis=0) > 1).any()
            for port, stream in self.spec.inputs.items()
        )

    @classmethod
    def random_spec(cls, rng: Rng) -> RouterSpec:
        sides = [side for side in Side if rng.random() < 0.3]
        edges = tuple(sides) if rng.random() < 0.6 else ()
        return RouterSpec(
            dx_bits=int(rng.integers(2, 6)),
            dy_bits=int(rng.integers(2, 6)),
            payload_bits=int(rng.integers(1, 12)),
            source_bits=pick(rng, (0, 3, 5)),
            multicast=bool(rng.integers(2)),
            tick=bool(rng.integers(2)),
            depth=int(rng.integers(2, 6)),
            edges=edges,
            count_drops=bool(edges) and bool(rng.integers(2)),
            drop_bits=pick(rng, (LEAST_DROP_BITS, LEAST_DROP_BITS + 1, DROP_BITS)),
        )


def _goes(stream: str, port: Port, output: Port, sent: Traffic, _: Traffic) -> bool:
    """Whether a packet that came in at ``port`` left at ``output``."""
    return bool(step(port, sent[stream])[output][0].any())


def _along_x(side: Side) -> bool:
    return side.along_x
