"""A convolutional network on in-memory-computing cores that are linked by streams."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field as Parameter

from neuroloom.golden.composition import Composition
from neuroloom.golden.contract import Contract
from neuroloom.golden.ports import Field, Integers, Stream
from neuroloom.golden.spec import Spec
from neuroloom.golden.systems.core_network_model import CoreNetworkModel
from neuroloom.golden.systems.digest import BITS
from neuroloom.golden.systems.network_node import IMAGE, Node, Output, Tap
from neuroloom.golden.wires import Constant, End, Lanes, Wire

Reals = NDArray[np.float64]


class CoreNetworkSpec(Composition):
    """Parameters of ``core_network``: its nodes, each behind those it takes from.

    Its contract promises no cycles: they are what a simulation shows, and those at the pace of the
    slowest node are stated. A system that is put together from a network and a mapping. ValueError
    names the node that does not fit.
    """

    macro: ClassVar[str] = "core_network"
    summary: ClassVar[str] = "a convolutional network on in-memory-computing cores"
    source: ClassVar[str] = "Dazzi et al. 2021, Figures 1A and 9, section 2.4"

    nodes: tuple[Node, ...] = Parameter(min_length=1, description="each behind its sources")
    results: tuple[Tap, ...] = Parameter(min_length=1, description="channels side by side")
    observed: bool = Parameter(
        default=False,
        description="tells in which cycles each node delivers, and digests; for simulation",
    )

    def check(self) -> None:
        known: dict[str, Node] = {}
        for node in self.nodes:
            if node.name in known:
                raise ValueError(f"two nodes are named {node.name!r}")
            for tap in node.sources:
                self._check_tap(f"node {node.name!r}", tap, known, node.input_bits)
            for tap in node.residual:
                self._check_tap(f"node {node.name!r}", tap, known, node.result.bits)
            if node.partial:
                self._check_partial(node, known.get(node.partial))
            known[node.name] = node
        fields = [known[tap.node].result for tap in self.results if tap.node in known]
        for tap in self.results:
            self._check_tap("the network", tap, known, fields[0].bits if fields else 0)
            if tap.node == IMAGE or tap.forwarded:
                raise ValueError("results are those of nodes")
        sources = {tap.node for node in self.nodes for tap in (*node.sources, *node.residual)}
        sources |= {node.partial for node in self.nodes} | {tap.node for tap in self.results}
        unused = [node.name for node in self.nodes if node.name not in sources]
        if unused:
            raise ValueError(f"nobody takes the results of node {unused[0]!r}")
        forwarded = {
            tap.node
            for node in self.nodes
            for tap in (*node.sources, *node.residual)
            if tap.forwarded
        }
        idle = [node.name for node in self.nodes if node.forwards and node.name not in forwarded]
        if idle:
            raise ValueError(f"nobody takes what node {idle[0]!r} forwards")
        orders = {node.flow.order for node in self.nodes if node.flow is not None}
        if len(orders) > 1:
            raise ValueError("nodes take pixels in different orders")

    @staticmethod
    def _check_partial(node: Node, adding: Node | None) -> None:
        assert node.crossbar is not None
        wanted = node.crossbar.sum_bits, node.crossbar.columns, True
        if adding is None or wanted != (
            adding.result.bits,
            adding.result.lanes,
            adding.result.signed,
        ):
            raise ValueError(f"node {node.name!r} cannot add what {node.partial!r} gives")

    @staticmethod
    def _check_tap(taker: str, tap: Tap, known: dict[str, Node], wanted: int) -> None:
        if tap.node == IMAGE:
            return
        if tap.node not in known:
            raise ValueError(f"{taker} takes from {tap.node!r}, which is no node before")
        source = known[tap.node]
        if tap.forwarded:
            if not source.forwards:
                raise ValueError(f"node {tap.node!r} forwards nothing to {taker}")
            channels, bits = source.input_channels, source.input_bits
        else:
            channels, bits = source.result.lanes or 1, source.result.bits
        if bits != wanted:
            raise ValueError(f"{taker} takes channels of {wanted} bits, {tap.node!r} has {bits}")
        if tap.first + tap.channels > channels:
            raise ValueError(
                f"{taker} takes channels {tap.first} to {tap.first + tap.channels - 1} "
                f"of {tap.node!r}, which has {channels}"
            )

    @cached_property
    def by_name(self) -> dict[str, Node]:
        return {node.name: node for node in self.nodes}

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The place of every node by its name, from 0."""
        return {node.name: number for number, node in enumerate(self.nodes)}

    @property
    def last(self) -> Node:
        """One of the nodes that give the results."""
        return self.by_name[self.results[0].node]

    @property
    def result(self) -> Field:
        """Field of the tokens that leave."""
        channels = sum(tap.channels for tap in self.results)
        return replace(self.last.result, lanes=channels)

    @property
    def first(self) -> Node:
        """One of the nodes that take the image."""
        return next(node for node in self.nodes if any(tap.node == IMAGE for tap in node.sources))

    @property
    def image_channels(self) -> int:
        taps = [tap for node in self.nodes for tap in (*node.sources, *node.residual)]
        return max(tap.first + tap.channels for tap in taps if tap.node == IMAGE)

    @property
    def pixels(self) -> int:
        """Pixels of an image."""
        return self.first.pixels

    @cached_property
    def paced(self) -> dict[Output, tuple[float, ...]]:
        """Pixels of the image that have come when a result of a node, or a pixel that it forwards,
        is there: if the image, and padding behind it, comes a pixel at a time and nothing else
        takes time.
        """
        times: dict[Output, Reals] = {(IMAGE, False): np.arange(1.0, self.pixels + 1)}
        for node in self.nodes:
            arrived = self._last(node.sources, times)
            results = self._when(arrived, node.needed)
            if node.partial:
                results = np.maximum(results, times[node.partial, False])
            if node.residual:
                results = np.maximum(results, self._last(node.residual, times))
            times[node.name, False] = np.maximum.accumulate(results)
            if node.forwards:
                times[node.name, True] = self._when(arrived, node.forwarding)
        return {output: tuple(cycles.tolist()) for output, cycles in times.items()}

    def _when(self, arrived: Reals, needed: Integers) -> Reals:
        """When so many have arrived; those behind the last one come at the pace of all."""
        late = np.maximum(needed - len(arrived), 0) * (self.pixels / len(arrived))
        times: Reals = arrived[np.minimum(needed, len(arrived)) - 1] + late
        return times

    @staticmethod
    def _last(taps: Sequence[Tap], times: Mapping[Output, Reals | tuple[float, ...]]) -> Reals:
        latest: Reals = np.max([np.asarray(times[tap.output]) for tap in taps], axis=0)
        return latest

    def queued(self, node: Node) -> int:
        """Residual pixels that wait at a node while those that its sums need are on their way.

        There is a schedule, :attr:`paced`, in which no more do; since every part of a network
        waits for its tokens and for nothing else, no other order of events can stop it then. The
        patches in flight are added twice, for the cycles that cores take.
        """
        assert node.core is not None
        arrived = self._last(node.sources, self.paced)
        own = self._when(arrived, node.needed)
        there = np.searchsorted(self._last(node.residual, self.paced), own, side="right")
        waiting = int((there - np.arange(len(own))).max())
        return max(waiting, 1) + 2 * node.core.most_waiting

    @cached_property
    def parts(self) -> dict[str, Spec]:
        return {
            self._part(node, kind): part for node in self.nodes for kind, part in node.parts.items()
        }

    @property
    def wires(self) -> tuple[Wire, ...]:
        """Wires of every node, then of the results: channels of nodes side by side."""
        inner = [wire for node in self.nodes for wire in self._wires(node)]
        return *inner, Wire(self._lanes(self.results), "results")

    def _wires(self, node: Node) -> Iterator[Wire]:
        taking, *following = node.parts
        yield Wire(self._lanes(node.sources), self._end(node, taking, "pixels"))
        for kind in following:
            sink = "pixels"
            fields: tuple[str, ...] = ("values",)
            if node.crossbar is not None:
                sink = "patches"
                fields = ("values", "windows")[: 1 + node.crossbar.counted]
            patches = self._end(node, taking, "patches")
            yield Wire(patches, self._end(node, kind, sink), fields=fields)
        if node.core is None:
            return
        yield Wire(self._end(node, "crossbar", "sums"), self._end(node, "core", "sums"))
        if node.partial:
            partials = self._end(node, "core", "partials")
            yield Wire(self._given(node.partial, forwarded=False), partials)
        if node.residual:
            residuals = self._end(node, "core", "residuals")
            yield Wire(self._lanes(node.residual), residuals, self.queued(node))

    @property
    def constants(self) -> tuple[Constant, ...]:
        """Weights of the crossbars and coefficients of the cores."""
        constants = []
        for node in self.nodes:
            for kind, stream, tokens in node.loads:
                constants.append(Constant(self._end(node, kind, stream), tokens))
        return tuple(constants)

    def _part(self, node: Node, kind: str) -> str:
        name = "".join(letter if letter.isalnum() else "_" for letter in node.name)
        return f"{kind}_{self.numbers[node.name]}_{name}"

    def _end(self, node: Node, kind: str, stream: str) -> End:
        return f"{self._part(node, kind)}.{stream}"

    def _given(self, name: str, forwarded: bool) -> End:
        """Output at which a node gives its results, or the pixels that it forwards."""
        if name == IMAGE:
            return "pixels"
        node = self.by_name[name]
        if forwarded:
            return self._end(node, *(("core", "forwarded") if node.core else ("flow", "residual")))
        if node.core is not None:
            return self._end(node, "core", "results")
        return self._end(node, *(("pool", "pooled") if node.pool else ("crossbar", "sums")))

    def _lanes(self, taps: Sequence[Tap]) -> tuple[Lanes, ...]:
        return tuple(
            Lanes(self._given(tap.node, tap.forwarded), tap.first, tap.channels) for tap in taps
        )

    @property
    def outer(self) -> dict[str, End | Stream]:
        pixel = Field(
            "values", self.first.input_bits, "channels in order", lanes=self.image_channels
        )
        return {
            "pixels": Stream("pixels", "in", (pixel,), "of images, in the order of the lines"),
            "results": Stream("results", "out", (self.result,), "of the last layer"),
        }

    @property
    def streams(self) -> tuple[Stream, ...]:
        delivered = Field("nodes", 1, "a bit a node, the first one lowest", lanes=len(self.nodes))
        digest = Field("digests", BITS, "of each node's results", lanes=len(self.nodes))
        activity = Stream(
            "activity",
            "out",
            (delivered, digest),
            "which nodes deliver in this cycle; not held for anybody",
        )
        return *super().streams, *((activity,) * self.observed)

    @property
    def delivering(self) -> tuple[End, ...]:
        """Output at which each node gives its results."""
        return tuple(self._given(node.name, forwarded=False) for node in self.nodes)

    @property
    def contract(self) -> Contract:
        interval, ways = 1, 0
        for node in self.nodes:
            part = node.core or node.dataflow or node.pool
            assert part is not None
            interval = max(interval, part.contract.interval)
            if node.crossbar is not None and node.flow is not None:
                pace = node.crossbar.pace
                interval = max(interval, node.flow.patches * pace)
                ways += node.crossbar.contract.latency + pace
        ends = max(self.paced[tap.output][-1] for tap in self.results)
        return Contract(
            "image",
            {"pixels": self.pixels},
            {"results": self.last.results},
            latency=round(ends / self.pixels * interval) + ways,
            interval=interval,
            contention="cores wait for pixels of each other",
        )

    def model(self) -> CoreNetworkModel:
        return CoreNetworkModel(self)
