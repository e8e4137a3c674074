"""A chain of windows, binarized layers and pools."""

from typing import Any

from amaranth.hdl import Module

from neuroloom.golden.bnn.conv_network import BnnConvNetworkSpec
from neuroloom.golden.bnn.conv_stage import ConvStage
from neuroloom.golden.bnn.network import parameter_stream
from neuroloom.hdl.bnn.joining import join, queue_and_adapter
from neuroloom.hdl.bnn.layer import BnnLayer
from neuroloom.hdl.bnn.max_pool import MaxPool
from neuroloom.hdl.bnn.sliding_window import SlidingWindow
from neuroloom.hdl.component import Component


class BnnConvNetwork(Component[BnnConvNetworkSpec]):
    """Stages at work on different images, or on different rows of one.

    Between two stages a queue holds one whole image and a width adapter fits the tokens, so that
    the slowest stage alone sets the interval: it never waits for the others. The queue is on the
    side of the wider tokens, where the adapter keeps neither stage from a token a cycle.
    """

    def elaborate(self, platform: Any) -> Module:
        m = Module()
        passed = self.activations
        for index, stage in enumerate(self.spec.stages):
            if index:
                passed = self._link(m, index - 1, passed)
            passed = self._stage(m, index, stage, passed)
        join(m, passed, self.result)
        return m

    def _stage(self, m: Module, index: int, stage: ConvStage, passed: Any) -> Any:
        """The stage's parts behind the stream ``passed``; the stream that the last one gives."""
        if stage.window is not None:
            m.submodules[f"window{index}"] = window = SlidingWindow(stage.window)
            join(m, passed, window.pixels)
            passed = window.windows
        if stage.layer is not None:
            m.submodules[f"layer{index}"] = layer = BnnLayer(stage.layer)
            join(m, passed, layer.activations)
            passed = layer.result
            for stream in stage.layer.streams[1:-1]:
                outer = getattr(self, parameter_stream(index, stream.name))
                join(m, outer, getattr(layer, stream.name))
        if stage.pool is not None:
            m.submodules[f"pool{index}"] = pool = MaxPool(stage.pool)
            join(m, passed, pool.pixels)
            passed = pool.pooled
        return passed

    def _link(self, m: Module, index: int, passed: Any) -> Any:
        """Queue and adapter behind stage ``index``; the stream that they give."""
        spec = self.spec.adapters[index]
        queue_first = spec.output_lanes <= spec.input_lanes
        places = self.spec.queued[index]
        return queue_and_adapter(m, index, spec, places, passed, queue_first)
