"""What a network of in-memory-computing cores computes."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from neuroloom.golden.ports import Integers, Tokens, Traffic
from neuroloom.golden.spec import Model
from neuroloom.golden.systems.network_node import IMAGE, Node, Output, Tap

if TYPE_CHECKING:
    from neuroloom.golden.systems.core_network import CoreNetworkSpec


class CoreNetworkModel(Model["CoreNetworkSpec"]):
    """Node after node by the models of their parts."""

    spec: "CoreNetworkSpec"

    def run(self, traffic: Traffic) -> Traffic:
        return {"results": {"values": _taken(self.spec.results, self.outputs(traffic))}}

    def outputs(self, traffic: Traffic) -> dict[Output, Integers]:
        """Results (tokens, channels) of all nodes by name, and what they forward."""
        pixels = self.operations("pixels", np.asarray(traffic["pixels"]["values"]))
        outputs = {(IMAGE, False): pixels.reshape(-1, self.spec.image_channels)}
        for node in self.spec.nodes:
            self._node(node, outputs)
        return outputs

    def _node(self, node: Node, outputs: dict[Output, Integers]) -> None:
        pixels: Traffic = {"pixels": {"values": _taken(node.sources, outputs)}}
        if node.flow is not None:
            patches = node.flow.model().run(pixels)
            if node.forwards:
                outputs[node.name, True] = patches["residual"]["values"]
            pixels = {"pixels": {"values": patches["patches"]["values"]}}
        if node.pool is not None:
            outputs[node.name, False] = node.pool.model().run(pixels)["pooled"]["values"]
            return
        assert node.crossbar is not None
        array = node.crossbar
        loads = {(kind, stream): tokens for kind, stream, tokens in node.loads}
        sent = {
            name: patches["patches"][name] for name in ("values", "windows")[: 1 + array.counted]
        }
        weights = loads["crossbar", "weights"]
        sums = array.model().run({"weights": weights, "patches": sent})["sums"]
        if node.core is None:
            outputs[node.name, False] = sums["values"]
            return
        operands: dict[str, Tokens] = {"sums": sums, "coefficients": loads["core", "coefficients"]}
        if node.partial:
            operands["partials"] = {"values": outputs[node.partial, False]}
        if node.residual:
            operands["residuals"] = {"values": _taken(node.residual, outputs)}
        outputs[node.name, False] = node.core.processor.model().run(operands)["pixels"]["values"]


def _taken(taps: tuple[Tap, ...], outputs: Mapping[Output, Integers]) -> Integers:
    """Channels side by side."""
    parts = [outputs[tap.output][:, tap.first : tap.first + tap.channels] for tap in taps]
    return np.concatenate(parts, axis=1)
