"""A binarized convolutional network: windows, layers and pools chained by streams."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import ClassVar

import numpy as np
from pydantic import Field as Parameter

from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import LayerOutput
from neuroloom.golden.bnn.max_pool import MaxPoolSpec
from neuroloom.golden.bnn.sliding_window import SlidingWindowSpec
from neuroloom.golden.composition import Composition
from neuroloom.golden.contract import Contract
from neuroloom.golden.spec import Spec
from neuroloom.golden.streams.width_adapter import WidthAdapterSpec
from neuroloom.golden.systems.bnn_network import adapted, parameter_stream
from neuroloom.golden.systems.chain_timing import (
    ANY,
    Cycles,
    LayerTiming,
    LinkTiming,
    PartTiming,
    PoolTiming,
    WindowTiming,
)
from neuroloom.golden.systems.conv_stage import ConvStage, FeatureMap, given_by, taken_by
from neuroloom.golden.wires import End, Wire


def _default_stages() -> tuple[ConvStage, ...]:
    return (
        ConvStage(
            window=SlidingWindowSpec(height=6, width=6, channels=4, simd=4, padding=1),
            layer=BnnLayerSpec(inputs=9, input_bits=4, neurons=8, pe=8, simd=1),
            pool=MaxPoolSpec(height=6, width=6, channels=8, lanes=8),
        ),
        ConvStage(
            window=SlidingWindowSpec(height=3, width=3, channels=8, simd=8, kernel=2),
            layer=BnnLayerSpec(inputs=32, neurons=16, pe=8, simd=8),
        ),
        ConvStage(
            layer=BnnLayerSpec(inputs=64, neurons=10, pe=2, simd=16, output=LayerOutput.CLASS)
        ),
    )


class BnnConvNetworkSpec(Composition):
    """Parameters of ``bnn_conv_network``: its stages from input to output."""

    macro: ClassVar[str] = "bnn_conv_network"
    summary: ClassVar[str] = "binarized convolutional network: windows, layers and pools"
    """binarized convolutional network: windows, layers and pools chained by streams, one
    specification
    """
    source: ClassVar[str] = (
        "streamed binarized convolutional networks, Umuroglu et al. 2017; multilayer binarized "
        "networks, Querlioz et al. 2019"
    )

    batch: ClassVar[int | None] = 64
    """Images whose windows the model holds at once."""

    stages: tuple[ConvStage, ...] = Parameter(
        default_factory=_default_stages, min_length=1, max_length=32, description="the stages"
    )

    def check(self) -> None:
        for index, (stage, following) in enumerate(self._pairs()):
            if stage.layer is not None and stage.layer.output is not LayerOutput.BITS:
                raise ValueError(
                    f"stage {index} gives {stage.layer.output}: only the last stage may, "
                    "the others need output=bits"
                )
            if following.layer is not None and following.layer.input_bits > 1:
                raise ValueError(
                    f"stage {index + 1} takes inputs of {following.layer.input_bits} bits: only "
                    "the first stage may, the others need input_bits=1"
                )
            self._check_link(index, given_by(stage), taken_by(following))

    def _check_link(self, index: int, source: FeatureMap, sink: FeatureMap) -> None:
        whole = sink.pixels == 1 and sink.channels == source.pixels * source.channels
        if not whole and replace(source, lanes=sink.lanes) != sink:
            raise ValueError(f"stage {index} gives {source} but stage {index + 1} takes {sink}")
        if max(source.lanes, sink.lanes) % min(source.lanes, sink.lanes):
            raise ValueError(
                f"stage {index} gives {source.lanes} bits at once and stage {index + 1} takes "
                f"{sink.lanes}: one must be a multiple of the other"
            )
        if source.pixels > 1 and source.channels % source.lanes and source.channels % sink.lanes:
            raise ValueError(
                f"stage {index} gives pixels of {source.channels} channels {source.lanes} at once "
                f"and stage {index + 1} takes {sink.lanes}: one must divide the channels"
            )

    def _pairs(self) -> list[tuple[ConvStage, ConvStage]]:
        return list(zip(self.stages[:-1], self.stages[1:], strict=True))

    @property
    def adapters(self) -> tuple[WidthAdapterSpec, ...]:
        """Adapters between each stage and the next. Whole vectors are repacked where no token
        within them is filled in part, else pixel by pixel.
        """
        adapters = []
        for stage, following in self._pairs():
            source, sink = given_by(stage), taken_by(following)
            whole = source.channels % source.lanes == 0
            length = sink.channels if whole else source.channels
            adapters.append(
                WidthAdapterSpec(length=length, input_lanes=source.lanes, output_lanes=sink.lanes)
            )
        return tuple(adapters)

    @property
    def queued(self) -> tuple[int, ...]:
        """Tokens of the queue between each stage and the next: an image in the wider of both."""
        return tuple(
            min(given_by(stage).tokens, taken_by(following).tokens)
            for stage, following in self._pairs()
        )

    @cached_property
    def parts(self) -> dict[str, Spec]:
        stages = {
            f"{kind}{index}": part
            for index, stage in enumerate(self.stages)
            for kind, part in stage.parts.items()
        }
        adapters = {f"adapter{index}": each for index, each in enumerate(self.adapters)}
        return {**stages, **adapters}

    @property
    def wires(self) -> tuple[Wire, ...]:
        """Wires within each stage from part to part; between two stages by adapter and queue."""
        wires: list[Wire] = []
        passed: End = ""
        for index, stage in enumerate(self.stages):
            linked = index > 0
            for kind, part in stage.parts.items():
                sink = f"{kind}{index}.{part.streams[0].name}"
                if linked:
                    adapter, places = self.adapters[index - 1], self.queued[index - 1]
                    wires += adapted(passed, f"adapter{index - 1}", adapter, sink, places)
                elif passed:
                    wires.append(Wire(passed, sink))
                linked, passed = False, f"{kind}{index}.{part.streams[-1].name}"
        return tuple(wires)

    @property
    def outer(self) -> dict[str, End]:
        (first, head), *_ = self.stages[0].parts.items()
        *_, (last, tail) = self.stages[-1].parts.items()
        return {
            "activations": f"{first}0.{head.streams[0].name}",
            **{
                parameter_stream(index, stream.name): f"layer{index}.{stream.name}"
                for index, stage in enumerate(self.stages)
                if stage.layer is not None
                for stream in stage.layer.streams[1:-1]
            },
            "result": f"{last}{len(self.stages) - 1}.{tail.streams[-1].name}",
        }

    @property
    def contract(self) -> Contract:
        image = given_by(self.stages[-1])
        last = self.stages[-1].layer
        by_class = last is not None and last.output is LayerOutput.CLASS
        return Contract(
            "image",
            {"activations": taken_by(self.stages[0]).tokens},
            {"result": image.pixels if by_class else image.tokens},
            latency=self._latency,
            interval=self._interval,
        )

    @property
    def _interval(self) -> int:
        """Cycles that the slowest part takes for an image."""
        slowest = 1
        for stage in self.stages:
            images = 1
            if stage.window is not None:
                images = stage.window.rows * stage.window.columns
                slowest = max(slowest, stage.window.pixel_tokens)
            if stage.layer is not None:
                slowest = max(slowest, images * stage.layer.contract.interval)
            if stage.pool is not None:
                slowest = max(slowest, stage.pool.contract.interval)
        return slowest

    @cached_property
    def _latency(self) -> int:
        return int(self.ends(1)[0])

    def ends(self, images: int) -> Cycles:
        """When the last token of each image leaves, by the recurrence over all tokens.

        Queues of whole images let no part wait for room for long enough to be late for its next
        image, so that room plays no part in it.
        """
        parts = list(self._timing())
        ends = []
        for _ in range(images):
            cycles = np.full(taken_by(self.stages[0]).tokens, ANY)
            for part in parts:
                cycles = part(cycles)
            ends.append(cycles[-1])
        return np.array(ends)

    def _timing(self) -> Iterator[PartTiming]:
        for index, stage in enumerate(self.stages):
            if index:
                yield LinkTiming(self.adapters[index - 1])
            if stage.window is not None:
                yield WindowTiming(stage.window)
            if stage.layer is not None:
                yield LayerTiming(stage.layer)
            if stage.pool is not None:
                yield PoolTiming(stage.pool)
