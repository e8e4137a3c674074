"""Small specifications of binarized networks."""

from typing import Any

from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import LayerOutput, ParameterSource
from neuroloom.golden.bnn.max_pool import MaxPoolSpec
from neuroloom.golden.bnn.rram_layer import RramLayerSpec
from neuroloom.golden.bnn.rram_program import RramProgramSpec
from neuroloom.golden.bnn.sliding_window import SlidingWindowSpec
from neuroloom.golden.bnn.xnor_popcount import XnorPopcountSpec
from neuroloom.golden.formats import Overflow
from neuroloom.golden.spec import Spec
from neuroloom.golden.systems.bnn_conv_network import BnnConvNetworkSpec
from neuroloom.golden.systems.bnn_network import BnnNetworkSpec
from neuroloom.golden.systems.conv_stage import ConvStage


def layer(inputs: int, neurons: int, pe: int, simd: int, **others: Any) -> BnnLayerSpec:
    fields = {"inputs": inputs, "neurons": neurons, "pe": pe, "simd": simd, **others}
    return BnnLayerSpec.model_validate(fields)


XNOR = XnorPopcountSpec(lanes=5, folds=4)
NARROW = XnorPopcountSpec(lanes=4, folds=3, accumulator_bits=3, overflow=Overflow.SATURATE)
BITS = layer(14, 6, 3, 4)
ONE_STEP = layer(9, 8, 8, 9)
STREAMED = layer(9, 5, 2, 4, parameters=ParameterSource.STREAMED)
UNFOLDED = layer(4, 5, 2, 4, parameters=ParameterSource.STREAMED)
SCORES = layer(9, 5, 2, 4, output=LayerOutput.SCORES)
CLASS = layer(8, 7, 3, 4, output=LayerOutput.CLASS)
# with all inputs high, neuron 3 has its matches in the first fold and neuron 2 as many in the last
TIES = layer(
    4,
    4,
    2,
    2,
    output=LayerOutput.CLASS,
    parameters=ParameterSource.FIXED,
    weights=("0", "0", "c", "3"),
)
FIXED = layer(
    7,
    4,
    2,
    4,
    parameters=ParameterSource.FIXED,
    weights=("1f", "2a", "55", "70"),
    thresholds=(3, 4, 2, 5),
)
DEEP = BnnNetworkSpec(layers=(layer(4, 4, 2, 2), layer(4, 6, 2, 2), layer(6, 2, 1, 2)))
UNEVEN = BnnNetworkSpec(layers=(layer(4, 12, 4, 4), layer(12, 2, 1, 2, output=LayerOutput.SCORES)))
SCATTERED = BnnNetworkSpec(layers=(layer(3, 5, 4, 1), layer(5, 2, 2, 1)))
GATHERED = BnnNetworkSpec(layers=(layer(4, 5, 1, 2), layer(5, 2, 1, 4)))
WINDOWS = (
    SlidingWindowSpec(height=3, width=4, channels=2, simd=1, kernel=2, padding=1, padding_bit=1),
    SlidingWindowSpec(height=6, width=5, channels=1, simd=1, kernel=2, stride=3),
    SlidingWindowSpec(height=4, width=3, channels=1, simd=1, kernel=3, padding=2, stride=2),
)
IMAGES = BnnConvNetworkSpec(
    stages=(
        ConvStage(
            window=SlidingWindowSpec(height=3, width=4, channels=2, simd=2, kernel=2),
            layer=layer(8, 4, 2, 2),
        ),
        ConvStage(pool=MaxPoolSpec(height=2, width=3, channels=4, lanes=4)),
        ConvStage(layer=layer(4, 3, 1, 2, output=LayerOutput.SCORES)),
    )
)

LAYERS = (BITS, ONE_STEP, STREAMED, UNFOLDED, SCORES, CLASS, FIXED, layer(3, 2, 1, 2, input_bits=2))

RRAM_LAYERS = (
    RramLayerSpec(inputs=5, neurons=5, pe=2, simd=2, evaluate_cycles=1, synchronizer=0),
    RramLayerSpec(
        inputs=3,
        neurons=3,
        pe=3,
        simd=2,
        output=LayerOutput.CLASS,
        precharge_cycles=1,
        evaluate_cycles=2,
        synchronizer=1,
    ),
    RramLayerSpec(inputs=40, neurons=3, pe=1, simd=10, output=LayerOutput.SCORES),
    RramLayerSpec(inputs=12, neurons=2, pe=2, simd=1, evaluate_cycles=1, synchronizer=0),
    RramLayerSpec(inputs=4, neurons=5, pe=1, simd=4, evaluate_cycles=1, synchronizer=0),
)

SPECS: dict[str, tuple[Spec, ...]] = {
    "bnn.layer": LAYERS,
    "bnn.results": LAYERS,
    "bnn.schedule": LAYERS,
    "bnn.rram_layer": RRAM_LAYERS,
    "bnn.rram_parts": RRAM_LAYERS,
    "bnn.sliding_window": WINDOWS,
    "bnn.fold_buffer": (BITS, layer(132, 3, 1, 33), layer(8, 2, 2, 4)),
    "bnn.argmax": (CLASS, TIES, layer(6, 4, 4, 6, output=LayerOutput.CLASS)),
    "bnn.rram_program": (
        RramProgramSpec(
            rows=3,
            columns=3,
            cells=2,
            attempts=3,
            set_cycles=1,
            reset_cycles=2,
            form_cycles=4,
            gap_cycles=1,
        ),
        RramProgramSpec(
            rows=2,
            columns=2,
            cells=2,
            attempts=1,
            set_cycles=3,
            reset_cycles=1,
            form_cycles=2,
            gap_cycles=8,
        ),
    ),
}
