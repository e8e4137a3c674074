"""A chain of binarized layers: each one's reference on the bits of the one before."""

from neuroloom.golden.systems.bnn_network import BnnNetworkSpec
from references.bnn import bnn_layer
from references.plain import Lists, chunks, cut_and_filled, flat

KIND = "plain integers, layer by layer"


def of_layer(traffic: Lists, index: int) -> Lists:
    """The parameters of one layer under its own names."""
    names = ("weights", "thresholds")
    return {name: traffic[at] for name in names if (at := f"layer{index}_{name}") in traffic}


def expected(spec: BnnNetworkSpec, setup: Lists, sent: Lists) -> Lists:
    tokens = sent["activations"]["bits"]
    for index, layer in enumerate(spec.layers):
        activations = {"activations": {"bits": tokens}}
        result = bnn_layer.expected(
            layer, of_layer(setup, index), {**of_layer(sent, index), **activations}
        )
        if index < len(spec.layers) - 1:
            simd = spec.layers[index + 1].simd
            vectors = chunks(result["result"]["bits"], -(-layer.neurons // layer.pe))
            tokens = flat([cut_and_filled(flat(v)[: layer.neurons], simd) for v in vectors])
    return result
