"""A chain of binarized layers."""

from typing import Any

from amaranth.hdl import Module
from amaranth.lib.wiring import connect, flipped

from neuroloom.golden.bnn.network import BnnNetworkSpec, parameter_stream
from neuroloom.hdl.bnn.layer import BnnLayer
from neuroloom.hdl.component import Component
from neuroloom.hdl.events.stream_fifo import StreamFifo
from neuroloom.hdl.events.width_adapter import WidthAdapter


class BnnNetwork(Component[BnnNetworkSpec]):
    """Layers at work on different vectors at once.

    Between two layers a width adapter fits ``pe`` to ``simd`` and a queue holds one whole vector,
    so that the slowest layer alone sets the interval: it never waits for the others.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        stages = [BnnLayer(layer) for layer in self.spec.layers]
        for index, (stage, layer) in enumerate(zip(stages, self.spec.layers, strict=True)):
            m.submodules[f"layer{index}"] = stage
            for stream in layer.streams[1:-1]:
                outer = getattr(self, parameter_stream(index, stream.name))
                connect(m, flipped(outer), getattr(stage, stream.name))

        connect(m, flipped(self.activations), stages[0].activations)
        for index, spec in enumerate(self.spec.adapters):
            following = stages[index + 1]
            m.submodules[f"adapter{index}"] = adapter = WidthAdapter(spec)
            m.submodules[f"queue{index}"] = queue = StreamFifo(
                spec.output_lanes, following.spec.folds
            )
            result = stages[index].result
            m.d.comb += [
                adapter.packed.payload.data.eq(result.payload.bits),
                adapter.packed.valid.eq(result.valid),
                result.ready.eq(adapter.packed.ready),
                queue.input.payload.eq(adapter.repacked.payload.data),
                queue.input.valid.eq(adapter.repacked.valid),
                adapter.repacked.ready.eq(queue.input.ready),
                following.activations.payload.bits.eq(queue.output.payload),
                following.activations.valid.eq(queue.output.valid),
                queue.output.ready.eq(following.activations.ready),
            ]
        connect(m, stages[-1].result, flipped(self.result))
        return m
