"""Chains of binarized layers keep the pace of the slowest of them."""

import numpy as np
import pytest
from support.effort import effort
from support.unhindered import run_unhindered

from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import LayerOutput
from neuroloom.golden.systems.bnn_network import BnnNetworkSpec
from neuroloom.verif.systems.bnn_network import BnnNetworkStimulus


def chain(*layers: tuple[int, int, int, int], output: str = "bits") -> BnnNetworkSpec:
    """Layers of (inputs, neurons, pe, simd); the last gives ``output``."""
    outputs = [*[LayerOutput.BITS] * (len(layers) - 1), LayerOutput(output)]
    return BnnNetworkSpec(
        layers=tuple(
            BnnLayerSpec(inputs=inputs, neurons=neurons, pe=pe, simd=simd, output=each)
            for (inputs, neurons, pe, simd), each in zip(layers, outputs, strict=True)
        )
    )


# an adapter is still giving parts of one token when the layer before it has the next one
SCATTERED = chain((3, 5, 4, 1), (5, 1, 1, 1))
SCATTERED_DEEPER = chain((6, 19, 8, 1), (19, 6, 6, 1), (6, 3, 1, 6))
SCATTERED_LAST = chain((31, 13, 3, 24), (13, 12, 12, 1), (12, 3, 3, 4), output="class")
GATHERED = chain((1, 23, 1, 1), (23, 7, 1, 23), (7, 11, 1, 7), output="scores")
# each layer takes a vector in a burst while the one before it gives one all the time
BURSTS = chain((8, 16, 1, 1), (16, 16, 2, 1), (16, 8, 1, 1), (8, 32, 1, 2))
CHAINS = [SCATTERED, SCATTERED_DEEPER, SCATTERED_LAST, GATHERED, BURSTS]


@pytest.mark.parametrize("seed", range(effort(8, 300)))
@pytest.mark.regression
def test_the_slowest_layer_sets_the_interval(seed: int) -> None:
    """Vector after vector in hardware, cycle by cycle: random chains find queues that are short."""
    random = BnnNetworkStimulus.random_spec(np.random.default_rng(seed))
    run_unhindered(CHAINS[seed] if seed < len(CHAINS) else random, seed)


def test_a_queue_holds_one_vector_in_the_wider_tokens() -> None:
    tokens = {
        SCATTERED_DEEPER: (3, 1),
        SCATTERED_LAST: (5, 1),
        GATHERED: (1, 1),
        chain((8, 19, 2, 4), (19, 4, 2, 8)): (3,),
    }
    assert {spec: tuple(places for _, places in spec.links) for spec in tokens} == tokens
