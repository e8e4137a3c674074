"""A convolutional network on in-memory-computing cores that are linked by streams."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, model_validator
from pydantic import Field as Parameter

from neuroloom.golden.contract import Contract
from neuroloom.golden.imc.crossbar import CrossbarSpec
from neuroloom.golden.imc.dataflow_controller import DataflowControllerSpec
from neuroloom.golden.imc.imc_core import ImcCoreSpec
from neuroloom.golden.imc.pixel_pool import PixelPoolSpec
from neuroloom.golden.inventory import Inventory
from neuroloom.golden.ports import Field, Integers, Stream, Traffic
from neuroloom.golden.spec import Model, Spec

Reals = NDArray[np.float64]
Output = tuple[str, bool]
"""Pixels of the node of that name: its results, or those that it forwards."""
IMAGE = ""
"""Stands for the image where nodes are named."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Tap(_Part):
    """Some channels of the pixels of a node, or of the image."""

    node: str = Parameter(default=IMAGE, description="name of the node; empty for the image")
    first: int = Parameter(default=0, ge=0, description="first channel")
    channels: int = Parameter(default=1, ge=1, description="number of channels")
    forwarded: bool = Parameter(
        default=False, description="of the pixels that the node forwards, not of its results"
    )

    @property
    def output(self) -> Output:
        """Which pixels: of which node, and whether they are forwarded."""
        return self.node, self.forwarded


class Node(_Part):
    """A core with its crossbar and what is loaded into both, or a pool.

    With ``core`` sums become pixels. Without it the sums themselves are the results, for a node
    that adds them (Eq. 5). A pool takes the patches of its ``dataflow``, or pixels one by one.
    """

    name: str = Parameter(min_length=1, max_length=40, description="unlike that of other nodes")
    sources: tuple[Tap, ...] = Parameter(min_length=1, description="channels side by side")
    core: ImcCoreSpec | None = Parameter(default=None, description="pixels to pixels")
    dataflow: DataflowControllerSpec | None = Parameter(
        default=None, description="pixels to patches where there is no core"
    )
    crossbar: CrossbarSpec | None = Parameter(default=None, description="patches to sums")
    pool: PixelPoolSpec | None = Parameter(default=None, description="pixels to fewer pixels")
    partial: str = Parameter(default="", description="node whose sums are added")
    residual: tuple[Tap, ...] = Parameter(default=(), description="pixels that are added")
    weights: tuple[int, ...] = Parameter(
        default=(), description="of the crossbar: column after column, rows in order"
    )
    scale: tuple[int, ...] = Parameter(default=(), description="of each channel")
    offset: tuple[int, ...] = Parameter(default=(), description="of each channel")

    @model_validator(mode="after")
    def _check(self) -> Self:
        flow = self.flow
        if (self.crossbar is None) is (self.pool is None):
            raise ValueError(f"node {self.name!r} has either a crossbar or a pool")
        if self.crossbar is not None:
            if flow is None:
                raise ValueError(f"node {self.name!r} has a crossbar and no dataflow")
            self._check_crossbar(flow, self.crossbar)
        if self.core is not None:
            self._check_core(self.core)
        elif self.partial or self.residual:
            raise ValueError(f"node {self.name!r} has no core that would add anything")
        taken = sum(tap.channels for tap in self.sources)
        if taken != self.input_channels:
            raise ValueError(
                f"node {self.name!r} takes {self.input_channels} channels, its sources have {taken}"
            )
        return self

    def _check_crossbar(self, flow: DataflowControllerSpec, crossbar: CrossbarSpec) -> None:
        offered = flow.patch_rows, flow.bits, flow.parallel, flow.counted
        wanted = crossbar.lanes, crossbar.input_bits, crossbar.windows, crossbar.counted
        if offered != wanted:
            raise ValueError(
                f"node {self.name!r}: patches of {offered[0]} inputs of {offered[1]} bits for "
                f"{offered[2]} windows do not fit a crossbar for {wanted[0]} inputs of {wanted[1]} "
                f"bits and {wanted[2]} windows"
            )
        if len(self.weights) != crossbar.rows * crossbar.columns:
            raise ValueError(
                f"node {self.name!r} has {len(self.weights)} weights, its crossbar takes "
                f"{crossbar.rows}·{crossbar.columns}"
            )

    def _check_core(self, core: ImcCoreSpec) -> None:
        if self.dataflow is not None or self.crossbar is None:
            raise ValueError(f"node {self.name!r}: a core comes with a crossbar and nothing else")
        work = core.processor
        if (work.channels, work.sum_bits) != (self.crossbar.columns, self.crossbar.sum_bits):
            raise ValueError(
                f"node {self.name!r}: {self.crossbar.columns} sums of {self.crossbar.sum_bits} "
                f"bits do not fit a processor of {work.channels} sums of {work.sum_bits} bits"
            )
        if (work.partial, work.residual) != (bool(self.partial), bool(self.residual)):
            raise ValueError(
                f"node {self.name!r}: its processor adds what is not there, or not what is"
            )
        if not len(self.scale) == len(self.offset) == work.channels:
            raise ValueError(
                f"node {self.name!r} has {len(self.scale)} scales and {len(self.offset)} offsets "
                f"for {work.channels} channels"
            )

    @property
    def flow(self) -> DataflowControllerSpec | None:
        """What makes patches, in the core or by itself."""
        return self.core.dataflow if self.core is not None else self.dataflow

    @property
    def _taking(self) -> DataflowControllerSpec | PixelPoolSpec:
        taking = self.flow or self.pool
        assert taking is not None
        return taking

    @property
    def input_channels(self) -> int:
        return self._taking.channels

    @property
    def input_bits(self) -> int:
        """Of a channel."""
        return self._taking.bits

    @property
    def pixels(self) -> int:
        """Of an image that it takes."""
        return self.flow.schedule.pixels if self.flow is not None else self.needed[-1]

    @property
    def forwards(self) -> bool:
        """Whether it gives the pixels of its input on."""
        return self.flow is not None and self.flow.residual

    @property
    def result(self) -> Field:
        """Of the tokens that leave."""
        if self.core is not None:
            return self.core.processor.streams[-1].fields[0]
        last = self.crossbar or self.pool
        assert last is not None
        return last.streams[-1].fields[0]

    @property
    def results(self) -> int:
        """Of an image."""
        return len(self.patch_ends)

    @property
    def needed(self) -> Integers:
        """For every result of an image, how many pixels it needs, those before them included.

        More than there are where the last ones are padding: as many as would have come by then.
        """
        flow, pool = self.flow, self.pool
        if flow is None:
            assert pool is not None
            return np.array([pool.tokens])
        found: Integers = self.forwarding[self.patch_ends]
        return found

    @property
    def patch_ends(self) -> Integers:
        """For every result of an image, the number of the last one of its patch, from 0."""
        flow = self.flow
        if flow is None:
            return np.array([0])
        ends = np.array(flow.first_windows) + flow.parallel - 1
        sizes = [flow.parallel] * (len(ends) - 1) + [flow.tail]
        lines = np.arange(flow.schedule.windows_across)[:, np.newaxis]
        found: Integers = ends.repeat(sizes) + lines * flow.schedule.windows_along
        return found.reshape(-1)

    @property
    def forwarding(self) -> Integers:
        """The same for every pixel that is forwarded."""
        flow = self.flow
        assert flow is not None
        schedule = flow.schedule
        across = np.arange(schedule.windows_across)[:, np.newaxis]
        along = np.arange(schedule.windows_along)
        corner = flow.kernel - 1 - flow.padding
        line, row = across * flow.stride + corner, along * flow.stride + corner
        return (line * schedule.length + row + 1).reshape(-1)


class CoreNetworkSpec(Spec):
    """Parameters of ``core_network``: its nodes, each behind those it takes from.

    Its contract promises no cycles: they are what a simulation shows, and those of one core after
    the other are stated. A system that is put together from a network and a mapping. ValueError
    names the node that does not fit.
    """

    macro: ClassVar[str] = "core_network"
    summary: ClassVar[str] = "a convolutional network on in-memory-computing cores"
    source: ClassVar[str] = "Dazzi et al. 2021, Figures 1A and 9, section 2.4"
    catalogued: ClassVar[bool] = False

    nodes: tuple[Node, ...] = Parameter(min_length=1, description="each behind its sources")
    results: tuple[Tap, ...] = Parameter(min_length=1, description="channels side by side")
    observed: bool = Parameter(
        default=False, description="tells in which cycles each node delivers; for simulation"
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
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
        given = [known[tap.node].result for tap in self.results if tap.node in known]
        for tap in self.results:
            self._check_tap("the network", tap, known, given[0].bits if given else 0)
            if tap.node == IMAGE or tap.forwarded:
                raise ValueError("results are those of nodes")
        taken = {tap.node for node in self.nodes for tap in (*node.sources, *node.residual)}
        taken |= {node.partial for node in self.nodes} | {tap.node for tap in self.results}
        unused = [node.name for node in self.nodes if node.name not in taken]
        if unused:
            raise ValueError(f"nobody takes the results of node {unused[0]!r}")
        forwarded = {
            tap.node for node in self.nodes for tap in (*node.sources, *node.residual)
            if tap.forwarded
        }  # fmt: skip
        idle = [node.name for node in self.nodes if node.forwards and node.name not in forwarded]
        if idle:
            raise ValueError(f"nobody takes what node {idle[0]!r} forwards")
        orders = {node.flow.order for node in self.nodes if node.flow is not None}
        if len(orders) > 1:
            raise ValueError("nodes take pixels in different orders")
        return self

    @staticmethod
    def _check_partial(node: Node, adding: Node | None) -> None:
        assert node.crossbar is not None
        wanted = node.crossbar.sum_bits, node.crossbar.columns, True
        if adding is None or wanted != (
            adding.result.bits, adding.result.lanes, adding.result.signed
        ):  # fmt: skip
            raise ValueError(f"node {node.name!r} cannot add what {node.partial!r} gives")

    @staticmethod
    def _check_tap(taker: str, tap: Tap, known: dict[str, Node], wanted: int) -> None:
        if tap.node == IMAGE:
            return
        if tap.node not in known:
            raise ValueError(f"{taker} takes from {tap.node!r}, which is no node before")
        given = known[tap.node]
        if tap.forwarded:
            if not given.forwards:
                raise ValueError(f"node {tap.node!r} forwards nothing to {taker}")
            channels, bits = given.input_channels, given.input_bits
        else:
            channels, bits = given.result.lanes or 1, given.result.bits
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

    @property
    def last(self) -> Node:
        """One of the nodes that give the results."""
        return self.by_name[self.results[0].node]

    @property
    def result(self) -> Field:
        """Of the tokens that leave."""
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
        """Of an image."""
        return self.first.pixels

    @cached_property
    def paced(self) -> dict[Output, Reals]:
        """For the results of every node, and for what it forwards: when each one is there if the
        image, and padding behind it, comes a pixel at a time and nothing else takes time.
        """
        found: dict[Output, Reals] = {(IMAGE, False): np.arange(1.0, self.pixels + 1)}
        for node in self.nodes:
            arrived = np.max([found[tap.output] for tap in node.sources], axis=0)
            results = self._when(arrived, node.needed)
            if node.partial:
                results = np.maximum(results, found[node.partial, False])
            if node.residual:
                results = np.maximum(results, self._added(node, found))
            found[node.name, False] = np.maximum.accumulate(results)
            if node.forwards:
                found[node.name, True] = self._when(arrived, node.forwarding)
        return found

    def _when(self, arrived: Reals, needed: Integers) -> Reals:
        """When so many have arrived; those behind the last one come at the pace of all."""
        late = np.maximum(needed - len(arrived), 0) * (self.pixels / len(arrived))
        found: Reals = arrived[np.minimum(needed, len(arrived)) - 1] + late
        return found

    @staticmethod
    def _added(node: Node, found: Mapping[Output, Reals]) -> Reals:
        latest: Reals = np.max([found[tap.output] for tap in node.residual], axis=0)
        return latest

    def queued(self, node: Node) -> int:
        """Residual pixels that wait at a node while those that its sums need are on their way.

        There is a schedule, :attr:`paced`, in which no more do; since every part of a network
        waits for its tokens and for nothing else, no other order of events can stop it then. The
        patches in flight are added twice, for the cycles that cores take.
        """
        assert node.core is not None
        arrived = np.max([self.paced[tap.output] for tap in node.sources], axis=0)
        own = self._when(arrived, node.needed)
        there = np.searchsorted(self._added(node, self.paced), own, side="right")
        waiting = int((there - np.arange(len(own))).max())
        return max(waiting, 1) + 2 * node.core.most_waiting

    @property
    def streams(self) -> tuple[Stream, ...]:
        pixel = Field(
            "values", self.first.input_bits, "channels in order", lanes=self.image_channels
        )
        delivered = Field("nodes", 1, "a bit a node, the first one lowest", lanes=len(self.nodes))
        return (
            Stream("pixels", "in", (pixel,), "of images, in the order of the lines"),
            Stream("results", "out", (self.result,), "of the last layer"),
            *((Stream("activity", "out", (delivered,), "which nodes deliver in this cycle; not "
                      "held for anybody"),) * self.observed),
        )  # fmt: skip

    @property
    def contract(self) -> Contract:
        parts = [node.core or node.dataflow or node.pool for node in self.nodes]
        latency = sum(part.contract.latency for part in parts if part is not None)
        interval = max(part.contract.interval for part in parts if part is not None)
        for node in self.nodes:
            if node.crossbar is not None and node.flow is not None:
                latency += node.crossbar.contract.latency + node.crossbar.interval
                interval = max(interval, node.flow.patches * node.crossbar.contract.interval)
        return Contract(
            "image", {"pixels": self.pixels}, {"results": self.last.results},
            latency=latency + len(self.nodes) * interval, interval=interval,
            contention="cores wait for pixels of each other",
        )  # fmt: skip

    @property
    def inventory(self) -> Inventory:
        found = Inventory()
        for node in self.nodes:
            for part in (node.core, node.dataflow, node.crossbar, node.pool):
                if part is not None:
                    found += part.inventory
        return found

    def model(self) -> "CoreNetworkModel":
        return CoreNetworkModel(self)


class CoreNetworkModel(Model[CoreNetworkSpec]):
    """Node after node by the models of their parts."""

    def run(self, traffic: Traffic) -> Traffic:
        return {"results": {"values": _taken(self.spec.results, self.outputs(traffic))}}

    def outputs(self, traffic: Traffic) -> dict[Output, Integers]:
        """Results (tokens, channels) of all nodes by name, and what they forward."""
        pixels = self.operations("pixels", np.asarray(traffic["pixels"]["values"]))
        found = {(IMAGE, False): pixels.reshape(-1, self.spec.image_channels)}
        for node in self.spec.nodes:
            self._node(node, found)
        return found

    def _node(self, node: Node, found: dict[Output, Integers]) -> None:
        pixels: Traffic = {"pixels": {"values": _taken(node.sources, found)}}
        if node.flow is not None:
            patches = node.flow.model().run(pixels)
            if node.forwards:
                found[node.name, True] = patches["residual"]["values"]
            pixels = {"pixels": {"values": patches["patches"]["values"]}}
        if node.pool is not None:
            found[node.name, False] = node.pool.model().run(pixels)["pooled"]["values"]
            return
        assert node.crossbar is not None
        array = node.crossbar
        columns = np.array(node.weights).reshape(array.folds, array.units * array.rows)
        sent = {
            name: patches["patches"][name] for name in ("values", "windows")[: 1 + array.counted]
        }
        sums = array.model().run({"weights": {"values": columns}, "patches": sent})["sums"]
        if node.core is None:
            found[node.name, False] = sums["values"]
            return
        work = node.core.processor
        shape = work.folds, work.units
        given: dict[str, dict[str, Integers]] = {
            "sums": dict(sums),
            "coefficients": {
                "scale": np.array(node.scale).reshape(shape),
                "offset": np.array(node.offset).reshape(shape),
            },
        }
        if node.partial:
            given["partials"] = {"values": found[node.partial, False]}
        if node.residual:
            given["residuals"] = {"values": _taken(node.residual, found)}
        found[node.name, False] = work.model().run(given)["pixels"]["values"]


def _taken(taps: tuple[Tap, ...], found: Mapping[Output, Integers]) -> Integers:
    """Channels side by side."""
    parts = [found[tap.output][:, tap.first : tap.first + tap.channels] for tap in taps]
    return np.concatenate(parts, axis=1)
