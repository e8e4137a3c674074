"""Stages of a binarized network in a chain, with adapters and queues between them."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from itertools import chain, pairwise
from typing import ClassVar

import numpy as np

from neuroloom.golden.bnn.layer_options import LayerOutput
from neuroloom.golden.composition import numbered, together
from neuroloom.golden.contract import Contract
from neuroloom.golden.ports import Traffic, count
from neuroloom.golden.spec import Spec
from neuroloom.golden.streams.width_adapter import WidthAdapterSpec
from neuroloom.golden.systems.chain_room import STANDING, Part, QueuePart, taken
from neuroloom.golden.systems.chain_timing import ANY, TIMINGS, Cycles
from neuroloom.golden.systems.conv_stage import ConvStage, FeatureMap, given_by, taken_by
from neuroloom.golden.wires import End, Wire

READINESS = "while no output is accepted, activations are taken until all queues are full"


class BnnChain(ABC):
    """Parts, wires and contract of a chain; ``unit`` and ``operation`` are the words for a stage
    and for what passes through all of them.
    """

    unit: ClassVar[str]
    operation: ClassVar[str]

    @property
    @abstractmethod
    def chained(self) -> tuple[ConvStage, ...]:
        """The stages from input to output."""

    def check(self) -> None:
        for index, (stage, following) in enumerate(pairwise(self.chained)):
            this, that = f"{self.unit} {index}", f"{self.unit} {index + 1}"
            if stage.layer is not None and stage.layer.output is not LayerOutput.BITS:
                raise ValueError(
                    f"{this} gives {stage.layer.output}: only the last {self.unit} may, the others "
                    "need output=bits"
                )
            if following.layer is not None and following.layer.input_bits > 1:
                raise ValueError(
                    f"{that} takes inputs of {following.layer.input_bits} bits: only the first "
                    f"{self.unit} may, the others need input_bits=1"
                )
            self._check_link(this, given_by(stage), that, taken_by(following))

    @staticmethod
    def _check_link(this: str, given: FeatureMap, that: str, taken: FeatureMap) -> None:
        whole = taken.pixels == 1 and taken.channels == given.pixels * given.channels
        if not whole and replace(given, lanes=taken.lanes) != taken:
            raise ValueError(f"{this} gives {given} but {that} takes {taken}")
        if max(given.lanes, taken.lanes) % min(given.lanes, taken.lanes):
            raise ValueError(
                f"{this} gives {given.lanes} bits at once ({given.chosen}) and {that} takes "
                f"{taken.lanes} ({taken.chosen}): one must be a multiple of the other"
            )
        if given.pixels > 1 and given.channels % given.lanes and given.channels % taken.lanes:
            raise ValueError(
                f"{this} gives pixels of {given.channels} channels {given.lanes} at once and "
                f"{that} takes {taken.lanes}: one must divide the channels"
            )

    @cached_property
    def links(self) -> tuple[tuple[WidthAdapterSpec, int], ...]:
        """Adapter and tokens of the queue between each stage and the next.

        A queue holds an image, or a vector, in the wider of both tokens. Whole vectors are repacked
        where no token within them is filled in part, else pixel by pixel.
        """
        links = []
        for stage, following in pairwise(self.chained):
            given, taken = given_by(stage), taken_by(following)
            length = given.channels if given.channels % given.lanes else taken.channels
            adapter = WidthAdapterSpec(
                length=length, input_lanes=given.lanes, output_lanes=taken.lanes
            )
            links.append((adapter, min(given.tokens, taken.tokens)))
        return tuple(links)

    @cached_property
    def parts(self) -> dict[str, Spec]:
        """Those of the stages, then the adapters."""
        stages = enumerate(self.chained)
        named = ({f"{kind}{i}": part for kind, part in s.parts.items()} for i, s in stages)
        return together(*named, numbered("adapter", (adapter for adapter, _ in self.links)))

    @cached_property
    def line(self) -> tuple[str, ...]:
        """The names of all parts in the order of the tokens."""
        stages = enumerate(self.chained)
        names = ([*(f"{kind}{i}" for kind in s.parts), f"adapter{i}"] for i, s in stages)
        return tuple(chain.from_iterable(names))[:-1]

    @property
    def wires(self) -> tuple[Wire, ...]:
        """Wires from part to part. Queues are where tokens are wider, before an adapter or behind
        it, so that they keep neither end from a token a cycle.
        """
        places = {}
        for index, (adapter, queued) in enumerate(self.links):
            before = adapter.output_lanes <= adapter.input_lanes
            places[f"adapter{index}", before] = queued
        return tuple(
            Wire(
                f"{name}.{self.parts[name].streams[-1].name}",
                f"{following}.{self.parts[following].streams[0].name}",
                places.get((following, True), 0) + places.get((name, False), 0),
            )
            for name, following in pairwise(self.line)
        )

    @property
    def outer(self) -> dict[str, End]:
        """What the first part takes, parameters of the layers, and what the last part gives."""
        first, last = self.line[0], self.line[-1]
        return {
            "activations": f"{first}.{self.parts[first].streams[0].name}",
            **{
                parameter_stream(index, stream.name): f"layer{index}.{stream.name}"
                for index, stage in enumerate(self.chained)
                if stage.layer is not None
                for stream in stage.layer.streams[1:-1]
            },
            "result": f"{last}.{self.parts[last].streams[-1].name}",
        }

    @property
    def contract(self) -> Contract:
        """The slowest part alone sets the interval: queues hold whole images, or vectors, so that
        no part waits for room for long enough to be late for its next one.
        """
        consumes = {"activations": taken_by(self.chained[0]).tokens}
        slowest = 1
        for index, stage in enumerate(self.chained):
            images = 1
            if stage.window is not None:
                images = stage.window.rows * stage.window.columns
                slowest = max(slowest, stage.window.pixel_tokens)
            if stage.layer is not None:
                slowest = max(slowest, images * stage.layer.contract.interval)
                for name, tokens in stage.layer.contract.consumes.items():
                    if name != "activations":
                        consumes[parameter_stream(index, name)] = tokens
            if stage.pool is not None:
                slowest = max(slowest, stage.pool.contract.interval)
        last = self.chained[-1]
        given = given_by(last)
        by_class = last.layer is not None and last.layer.output is LayerOutput.CLASS
        result = {"result": given.pixels if by_class else given.tokens}
        return Contract(
            self.operation,
            consumes,
            result,
            self._latency,
            interval=slowest,
            room={} if self._stands_still else None,
            readiness=READINESS if self._stands_still else "",
        )

    @property
    def _stands_still(self) -> bool:
        """Whether it is known what the parts take while they are held."""
        return all(type(part) in STANDING for part in self.parts.values())

    def room(self, sent: Traffic) -> Mapping[str, int]:
        """Activations taken before the queues are full, of those in ``sent``; none if unknown."""
        if not self._stands_still:
            return {}
        offered = count(sent["activations"])
        if offered not in self._taken:
            self._taken[offered] = taken(self.standing(), offered)
        return {"activations": self._taken[offered]}

    @cached_property
    def _taken(self) -> dict[int, int]:
        return {}

    def standing(self) -> list[Part]:
        """Parts and queues in the order of the tokens."""
        queues = {wire.sink: wire.places for wire in self.wires if wire.places}
        line: list[Part] = []
        for name in self.line:
            part = self.parts[name]
            places = queues.get(f"{name}.{part.streams[0].name}")
            if places:
                line.append(QueuePart(places))
            line.append(STANDING[type(part)](part))
        return line

    @cached_property
    def _latency(self) -> int:
        return int(self.ends(1)[0])

    def ends(self, images: int) -> Cycles:
        """When the last token of each image leaves, by the recurrence over all tokens; room plays
        no part in it.
        """
        parts = [TIMINGS[type(part)](part) for part in map(self.parts.__getitem__, self.line)]
        ends = []
        for _ in range(images):
            cycles = np.full(taken_by(self.chained[0]).tokens, ANY)
            for part in parts:
                cycles = part(cycles)
            ends.append(cycles[-1])
        return np.array(ends)


def parameter_stream(stage: int, name: str) -> str:
    """Name at the network of a layer's ``weights`` or ``thresholds`` stream."""
    return f"layer{stage}_{name}"
