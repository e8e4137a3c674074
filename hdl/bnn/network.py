"""A chain of binarized layers."""

from typing import Any

from amaranth.hdl import Module
from amaranth.lib.wiring import connect, flipped

from neuroloom.golden.bnn.network import BnnNetworkSpec, parameter_stream
from neuroloom.hdl.bnn.joining import join, queue_and_adapter
from neuroloom.hdl.bnn.layer import BnnLayer
from neuroloom.hdl.component import Component


class BnnNetwork(Component[BnnNetworkSpec]):
    """Layers at work on different vectors at once.

    Between two layers a width adapter fits ``pe`` to ``simd`` and a queue holds one whole vector,
    so that the slowest layer alone sets the interval: it never waits for the others. The queue is
    on the side of the wider tokens, where the adapter keeps neither layer from a token a cycle.
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
        for index, following in enumerate(stages[1:]):
            join(m, self._link(m, index, stages[index].result), following.activations)
        connect(m, stages[-1].result, flipped(self.result))
        return m

    def _link(self, m: Module, index: int, passed: Any) -> Any:
        """Adapter and queue behind layer ``index``; the stream that they give."""
        spec = self.spec.adapters[index]
        queue_first = spec.output_lanes < spec.input_lanes
        places = self.spec.queued[index]
        return queue_and_adapter(m, index, spec, places, passed, queue_first)
