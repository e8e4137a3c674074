"""Cores, their crossbars and pools, linked by streams."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from amaranth.hdl import Cat, Module, Value

from neuroloom.golden.imc.core_network import CoreNetworkSpec
from neuroloom.golden.imc.network_node import IMAGE, Node, Output, Tap
from neuroloom.golden.ports import Integers, Stream
from neuroloom.golden.spec import Spec
from neuroloom.hdl.component import Component
from neuroloom.hdl.events.constant_stream import ConstantStream
from neuroloom.hdl.events.stream_fifo import StreamFifo
from neuroloom.hdl.events.stream_fork import StreamFork
from neuroloom.hdl.imc.crossbar import Crossbar
from neuroloom.hdl.imc.dataflow_controller import DataflowController
from neuroloom.hdl.imc.imc_core import ImcCore
from neuroloom.hdl.imc.pixel_pool import PixelPool
from neuroloom.hdl.sharing import Shared


@dataclass(frozen=True)
class End:
    """One end of a stream of plain words."""

    valid: Value
    ready: Value
    words: Value

    @classmethod
    def of(cls, interface: Any) -> "End":
        """Of a macro's stream whose tokens have ``values``."""
        return cls(interface.valid, interface.ready, Value.cast(interface.payload.values))

    @classmethod
    def plain(cls, interface: Any) -> "End":
        """Of a stream whose payload is the word."""
        return cls(interface.valid, interface.ready, interface.payload)


class Links:
    """What nodes give, and who takes which channels of it."""

    def __init__(self) -> None:
        self.given: dict[Output, End] = {}
        self._taken: list[tuple[Sequence[Tap], int, End]] = []

    def give(self, end: End, node: str, forwarded: bool = False) -> None:
        self.given[node, forwarded] = end

    def take(self, taps: Sequence[Tap], bits: int, taker: End) -> None:
        """Channels of ``bits`` bits, side by side."""
        self._taken.append((taps, bits, taker))

    def connect(self, m: Module) -> None:
        """Every taker to all that it takes from."""
        takers: dict[Output, int] = dict.fromkeys(self.given, 0)
        for taps, _, _ in self._taken:
            for output in {tap.output for tap in taps}:
                takers[output] += 1
        forks: dict[Output, list[End]] = {}
        for index, (output, end) in enumerate(self.given.items()):
            forks[output] = [end]
            if takers[output] > 1:
                fork = StreamFork(len(end.words), takers[output])
                m.submodules[f"fork_{index}_{_word(output[0] or 'image')}"] = fork
                connect(m, end, End.plain(fork.input))
                forks[output] = [End.plain(fork.output(each)) for each in range(takers[output])]
        for taps, bits, taker in self._taken:
            ends = {output: forks[output].pop() for output in dict.fromkeys(t.output for t in taps)}
            valid = Cat(end.valid for end in ends.values()).all()
            words = [ends[tap.output].words[tap.first * bits :][: tap.channels * bits]
                     for tap in taps]  # fmt: skip
            m.d.comb += [taker.valid.eq(valid), taker.words.eq(Cat(words))]
            m.d.comb += [end.ready.eq(taker.ready & valid) for end in ends.values()]


class CoreNetwork(Component[CoreNetworkSpec]):
    """Every output goes to each of its takers; a taker waits until it is offered all of its
    channels. Residual pixels wait in a queue. Weights and coefficients come from memories that are
    read once after reset.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        spec = self.spec
        links = Links()
        links.give(End.of(self.pixels), IMAGE)
        for number, node in enumerate(spec.nodes):
            self._node(m, f"{number}_{_word(node.name)}", node, links)
        links.take(spec.results, spec.result.bits, End.of(self.results))
        links.connect(m)
        if spec.observed:
            ends = [links.given[node.name, False] for node in spec.nodes]
            delivers = Cat(end.valid & end.ready for end in ends)
            m.d.comb += [
                self.activity.payload.nodes.eq(delivers), self.activity.valid.eq(delivers.any())
            ]  # fmt: skip
        return m

    def _node(self, m: Module, name: str, node: Node, links: Links) -> None:
        """The parts of a node; what it gives, and what it has to be linked to."""
        bits = node.input_bits
        patches: Any = None
        if node.core is not None:
            core = _part(m, f"core_{name}", ImcCore(node.core))
            links.take(node.sources, bits, End.of(core.pixels))
            patches = core.patches
            if node.forwards:
                links.give(End.of(core.forwarded), node.name, forwarded=True)
        elif node.dataflow is not None:
            controller = _part(m, f"flow_{name}", DataflowController(node.dataflow))
            links.take(node.sources, bits, End.of(controller.pixels))
            patches = controller.patches
            if node.forwards:
                links.give(End.of(controller.residual), node.name, forwarded=True)
        if node.pool is not None:
            pool = _part(m, f"pool_{name}", PixelPool(node.pool))
            links.give(End.of(pool.pooled), node.name)
            if patches is None:
                links.take(node.sources, bits, End.of(pool.pixels))
            else:
                connect(m, End.of(patches), End.of(pool.pixels))
            return
        assert node.crossbar is not None
        array = node.crossbar
        crossbar = _part(m, f"crossbar_{name}", Crossbar(array))
        connect(m, End.of(patches), End.of(crossbar.patches))
        if array.counted:
            m.d.comb += crossbar.patches.payload.windows.eq(patches.payload.windows)
        shape = array.folds, array.units * array.rows
        self._load(m, f"weights_{name}", crossbar, "weights", {"values": (node.weights, shape)})
        if node.core is None:
            links.give(End.of(crossbar.sums), node.name)
            return
        connect(m, End.of(crossbar.sums), End.of(core.sums))
        work = node.core.processor
        rows = work.folds, work.units
        loaded = {"scale": (node.scale, rows), "offset": (node.offset, rows)}
        self._load(m, f"coefficients_{name}", core, "coefficients", loaded)
        links.give(End.of(core.results), node.name)
        if node.partial:
            sums = Tap(node=node.partial, channels=array.columns)
            links.take([sums], array.sum_bits, End.of(core.partials))
        if node.residual:
            width = sum(tap.channels for tap in node.residual) * work.bits
            queue = StreamFifo(width, self.spec.queued(node))
            m.submodules[f"residuals_{name}"] = queue
            links.take(node.residual, work.bits, End.plain(queue.input))
            connect(m, End.plain(queue.output), End.of(core.residuals))

    @staticmethod
    def _load(
        m: Module, name: str, part: Component[Any], port: str,
        columns: dict[str, tuple[tuple[int, ...], tuple[int, int]]],
    ) -> None:  # fmt: skip
        """Tokens of a stream that is loaded, from a memory."""
        stream: Stream = next(each for each in part.spec.streams if each.name == port)
        tokens: dict[str, Integers] = {
            field: np.array(values).reshape(shape) for field, (values, shape) in columns.items()
        }
        widths = [field.port_bits for field in stream.fields]
        words = []
        for token in stream.pack(tokens):
            word = 0
            for value, width in zip(reversed(token), reversed(widths), strict=True):
                word = word << width | value
            words.append(word)
        source = ConstantStream(sum(widths), words)
        m.submodules[name] = source
        taken = getattr(part, port)
        m.d.comb += [
            Value.cast(taken.payload).eq(source.output.payload),
            taken.valid.eq(source.output.valid), source.output.ready.eq(taken.ready),
        ]  # fmt: skip


def _part(m: Module, name: str, component: Component[Any]) -> Any:
    spec: Spec = component.spec
    m.submodules[name] = Shared(component, spec.model_dump_json())
    return component


def connect(m: Module, source: End, sink: End) -> None:
    m.d.comb += [
        sink.valid.eq(source.valid), sink.words.eq(source.words), source.ready.eq(sink.ready)
    ]  # fmt: skip


def _word(name: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in name)
