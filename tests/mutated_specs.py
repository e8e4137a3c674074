"""Small specifications that use all of each module below ``neuroloom.hdl``."""

from typing import Any

import numpy as np
from core_networks import TINY, TINY_TILES

from neuroloom.golden.arith.accumulator import AccumulatorSpec
from neuroloom.golden.arith.adder_tree import AdderTreeSpec
from neuroloom.golden.arith.comparator import ComparatorSpec, ComparatorStyle
from neuroloom.golden.arith.popcount import PopcountSpec, PopcountStyle
from neuroloom.golden.arith.priority_encoder import First, PriorityEncoderSpec, Report
from neuroloom.golden.arith.requantize import RequantizeSpec
from neuroloom.golden.bnn.conv_network import BnnConvNetworkSpec
from neuroloom.golden.bnn.conv_stage import ConvStage
from neuroloom.golden.bnn.layer import BnnLayerSpec
from neuroloom.golden.bnn.layer_options import LayerOutput, ParameterSource
from neuroloom.golden.bnn.max_pool import MaxPoolSpec
from neuroloom.golden.bnn.network import BnnNetworkSpec
from neuroloom.golden.bnn.rram_layer import RramLayerSpec
from neuroloom.golden.bnn.rram_program import RramProgramSpec
from neuroloom.golden.bnn.sliding_window import SlidingWindowSpec
from neuroloom.golden.bnn.stochastic_encoder import StochasticEncoderSpec
from neuroloom.golden.bnn.xnor_popcount import XnorPopcountSpec
from neuroloom.golden.bnn.xnor_sense import XnorSenseSpec
from neuroloom.golden.cim.accumulator_bank import AccumulatorBankSpec
from neuroloom.golden.cim.activation import ActivationSpec
from neuroloom.golden.cim.adc_post import AdcPostSpec
from neuroloom.golden.cim.cim_macro import CimMacroSpec
from neuroloom.golden.cim.converters import Bubbles, Converter
from neuroloom.golden.cim.digital_cim import DigitalCimSpec
from neuroloom.golden.cim.multi_threshold import MultiThresholdSpec
from neuroloom.golden.cim.shift_add import ShiftAddSpec
from neuroloom.golden.cim.slices import Encoding, SliceOrder
from neuroloom.golden.cim.zero_skip import PlaneOrder, SelectStyle, ZeroSkipSpec
from neuroloom.golden.events.aer_decoder import AerDecoderSpec, LineForm
from neuroloom.golden.events.aer_encoder import AerEncoderSpec, ServingOrder
from neuroloom.golden.events.aer_link import AerLinkSpec
from neuroloom.golden.events.arbiter import ArbiterSpec
from neuroloom.golden.events.delay_scheduler import DelaySchedulerSpec
from neuroloom.golden.events.event_dedupe import EventDedupeSpec
from neuroloom.golden.events.event_fifo import EventFifoSpec
from neuroloom.golden.events.event_merge import EventMergeSpec
from neuroloom.golden.events.event_replay import EventReplaySpec
from neuroloom.golden.events.event_split import EventSplitSpec
from neuroloom.golden.events.event_stamper import EventStamperSpec, Stamp
from neuroloom.golden.events.mesh import MeshSpec
from neuroloom.golden.events.packets import Side
from neuroloom.golden.events.router import RouterSpec
from neuroloom.golden.events.spike_register import SpikeRegisterSpec
from neuroloom.golden.events.width_adapter import WidthAdapterSpec
from neuroloom.golden.formats import Overflow, Rounding
from neuroloom.golden.imc.crossbar import CrossbarSpec
from neuroloom.golden.imc.dataflow_controller import DataflowControllerSpec
from neuroloom.golden.imc.digital_processor import DigitalProcessorSpec
from neuroloom.golden.imc.imc_core import ImcCoreSpec
from neuroloom.golden.imc.input_memory import InputMemorySpec, Order
from neuroloom.golden.imc.memory_mapping import Mapping
from neuroloom.golden.imc.pixel_pool import PixelPoolSpec
from neuroloom.golden.learning.calcium_synapse import CalciumSynapseSpec
from neuroloom.golden.learning.plastic_core import PlasticCoreSpec
from neuroloom.golden.learning.stdp import StdpSpec
from neuroloom.golden.neurons.crossbar_chip import CrossbarChipSpec
from neuroloom.golden.neurons.crossbar_contents import CoreContents
from neuroloom.golden.neurons.crossbar_core import CrossbarCoreSpec
from neuroloom.golden.neurons.integrate_and_fire import IntegrateAndFireSpec
from neuroloom.golden.neurons.izhikevich import IzhikevichSpec
from neuroloom.golden.neurons.lif import LifSpec
from neuroloom.golden.neurons.neuron_core import NeuronCoreSpec
from neuroloom.golden.spec import Spec
from neuroloom.verif.neurons.crossbar_chip import random_chip


def popcount(width: int, style: PopcountStyle = PopcountStyle.COUNTER, pipeline: int = 0) -> Spec:
    return PopcountSpec(width=width, style=style, pipeline=pipeline)


def layer(inputs: int, neurons: int, pe: int, simd: int, **others: Any) -> BnnLayerSpec:
    fields = {"inputs": inputs, "neurons": neurons, "pe": pe, "simd": simd, **others}
    return BnnLayerSpec.model_validate(fields)


def shift_add(
    bits: int, slices: int, lsb_first: bool = False, encoding: str = "twos-complement",
    **others: Any,
) -> Spec:  # fmt: skip
    return ShiftAddSpec(
        partial_bits=bits, slices=slices, encoding=Encoding(encoding),
        order=SliceOrder.LSB_FIRST if lsb_first else SliceOrder.MSB_FIRST, **others,
    )  # fmt: skip


def rows_of(rows: int, group: int, **others: Any) -> ZeroSkipSpec:
    return ZeroSkipSpec.model_validate({"rows": rows, "group": group, **others})


def adc_post(converter: Converter, **others: Any) -> Spec:
    return AdcPostSpec.model_validate({"converter": converter, **others})


def digital_cim(rows: int, columns: int, weight_bits: int, input_bits: int, **others: Any) -> Spec:
    numbers = {"weight_bits": weight_bits, "input_bits": input_bits, **others}
    return DigitalCimSpec.model_validate({"rows": rows, "columns": columns, **numbers})


def cim(rows: int, columns: int, group: int, weight_bits: tuple[int, ...], **others: Any) -> Spec:
    fields = {"rows": rows, "columns": columns, "group": group, "weight_bits": weight_bits}
    return CimMacroSpec.model_validate({**fields, "adc_bits": 1, **others})


def adapter(length: int, input_lanes: int, output_lanes: int, bits: int = 1) -> Spec:
    return WidthAdapterSpec(
        length=length, input_lanes=input_lanes, output_lanes=output_lanes, bits=bits
    )


def arbiter(requesters: int, policy: str = "round-robin", **others: Any) -> Spec:
    return ArbiterSpec.model_validate({"requesters": requesters, "policy": policy, **others})


def link(**others: Any) -> Spec:
    return AerLinkSpec.model_validate({"bits": 2, **others})


def fifo(bits: int, depth: int, **others: Any) -> Spec:
    return EventFifoSpec.model_validate({"bits": bits, "depth": depth, **others})


def scheduler(axons: int, slots: int, word: int, **others: Any) -> Spec:
    fields = {"axons": axons, "slots": slots, "word": word, **others}
    return DelaySchedulerSpec.model_validate(fields)


def lif(bits: int, leak: str, signed: bool = False, **others: Any) -> LifSpec:
    fields = {"membrane_bits": bits, "membrane_signed": signed, "leak": leak, "leak_bits": 2}
    return LifSpec.model_validate({**fields, "input_bits": 3, **others})


def crossbar(axons: int, neurons: int, **others: Any) -> Spec:
    fields = {"weight_bits": 3, "membrane_bits": 4, "threshold_bits": 2, "slots": 2, "word": 2,
              "dx_bits": 2, "dy_bits": 2, "types": 2, **others}  # fmt: skip
    return CrossbarCoreSpec.model_validate({"axons": axons, "neurons": neurons, **fields})


def crowded_chip(core: CrossbarCoreSpec) -> Spec:
    """Two cores, most of whose neurons fire in every tick, all beyond the east edge but one: the
    first one of the west fires for the core in the east, which may still look for its axons.
    """
    chip = random_chip(2, 1, core, np.random.default_rng(3), eager=True)
    contents = []
    for columns, each in zip((2, 1), chip.contents, strict=True):
        number = core.neurons - 1
        steady = {"weights": (0,) * core.types, "leak": 1, "positive_threshold": 1,
                  "reset_value": 0, "reset_mode": "value"}  # fmt: skip
        fields = {name: (getattr(each, name)[-1], *[value] * number) for name, value in
                  steady.items()}  # fmt: skip
        fields |= {"dx": (1, *[columns] * number), "dy": (0,) * core.neurons}
        contents.append(CoreContents.model_validate({**dict(each), **fields}))
    return CrossbarChipSpec.model_validate({**dict(chip), "contents": tuple(contents)})


def core(neurons: int, axons: int, banks: int, **others: Any) -> NeuronCoreSpec:
    small = {"membrane_bits": 5, "input_bits": 3, "leak": "none", "fire": "tick"}
    neuron = {**small, **others.pop("neuron", {})}
    sizes = {"neurons": neurons, "axons": axons, "banks": banks}
    return NeuronCoreSpec.model_validate({**sizes, "neuron": neuron, **others})


def tree(operands: int, bits: int, **others: Any) -> Spec:
    return AdderTreeSpec.model_validate({"operands": operands, "bits": bits, **others})


def sums(input_bits: int, length: int, **others: Any) -> Spec:
    fields = {"input_bits": input_bits, "length": length, **others}
    return AccumulatorSpec.model_validate(fields)


def activation(function: str, input_bits: int = 6, **others: Any) -> Spec:
    fields = {"channels": 1, "bias_bits": 0, "multiplier_bits": 0, "shift": 0, "output_bits": 4}
    return ActivationSpec.model_validate(
        {**fields, "function": function, "input_bits": input_bits, **others}
    )


def stdp(bits: int, **others: Any) -> Spec:
    fields = {"potentiation_tau": 3, "depression_tau": 2, "time_bits": 4, "trace_bits": 4, **others}
    return StdpSpec.model_validate({"weight_bits": bits, **fields})


def plastic(neurons: int, axons: int, banks: int, **others: Any) -> Spec:
    neuron = {"fire": "tick", "membrane_bits": 5, "input_bits": 4, "leak": "none"}
    pairs = {
        "window": "trace", "weight_bits": 3, "trace_bits": 4, "fraction_bits": 2,
        "potentiation": 9, "depression": 14, "potentiation_tau": 3, "depression_tau": 2,
        **others.pop("stdp", {}),
    }  # fmt: skip
    calcium = {
        "weight_bits": 3, "membrane_bits": 5, "membrane_signed": False, "calcium_bits": 3,
        "jump_up": 2, "jump_down": 3, "calcium_jump": 3, "membrane_threshold": 6,
        "calcium_thresholds": (1, 4, 6),
    }  # fmt: skip
    return PlasticCoreSpec.model_validate({
        "neurons": neurons, "axons": axons, "banks": banks, "neuron": neuron, "stdp": pairs,
        "calcium": calcium, **others,
    })  # fmt: skip


PLASTIC = (
    plastic(5, 3, 4), plastic(2, 4, 2, stdp={"pairing": "all", "potentiation": 6}),
    plastic(5, 3, 2, rule="calcium"), plastic(2, 3, 2, rule="calcium"),
    plastic(3, 4, 2, stdp={"weight_signed": True, "pairing": "all", "potentiation": 3}),
    plastic(3, 1, 1),
)  # fmt: skip

UNSIGNED = RequantizeSpec(input_bits=6, input_signed=False, shift=2, output_bits=4)
NEAREST = RequantizeSpec(input_bits=9, shift=3, output_bits=4)
STOCHASTIC = RequantizeSpec(
    input_bits=10, shift=4, output_bits=5, rounding=Rounding.STOCHASTIC, output_signed=False
)
TOWARD_ZERO = RequantizeSpec(input_bits=7, shift=2, output_bits=6, rounding=Rounding.TOWARD_ZERO)
WRAP = RequantizeSpec(
    input_bits=8, input_signed=False, shift=0, output_bits=5, overflow=Overflow.WRAP
)
XNOR = XnorPopcountSpec(lanes=5, folds=4)
SINGLE = XnorPopcountSpec(lanes=3, folds=1)
NARROW = XnorPopcountSpec(lanes=4, folds=3, accumulator_bits=3, overflow=Overflow.SATURATE)
BITS = layer(14, 6, 3, 4)
ONE_STEP = layer(9, 8, 8, 9)
STREAMED = layer(9, 5, 2, 4, parameters=ParameterSource.STREAMED)
UNFOLDED = layer(4, 5, 2, 4, parameters=ParameterSource.STREAMED)
SCORES = layer(9, 5, 2, 4, output=LayerOutput.SCORES)
CLASS = layer(8, 7, 3, 4, output=LayerOutput.CLASS)
# with all inputs high, neuron 3 has its matches in the first fold and neuron 2 as many in the last
TIES = layer(
    4, 4, 2, 2, output=LayerOutput.CLASS, parameters=ParameterSource.FIXED,
    weights=("0", "0", "c", "3"),
)  # fmt: skip
FIXED = layer(
    7, 4, 2, 4, parameters=ParameterSource.FIXED, weights=("1f", "2a", "55", "70"),
    thresholds=(3, 4, 2, 5),
)  # fmt: skip
NETWORK = BnnNetworkSpec(layers=(layer(8, 6, 2, 4), layer(6, 4, 2, 2, output=LayerOutput.CLASS)))
DEEP = BnnNetworkSpec(layers=(layer(4, 4, 2, 2), layer(4, 6, 2, 2), layer(6, 2, 1, 2)))
UNEVEN = BnnNetworkSpec(layers=(layer(4, 12, 4, 4), layer(12, 2, 1, 2, output=LayerOutput.SCORES)))
WINDOWS = (
    SlidingWindowSpec(height=3, width=4, channels=2, simd=1, kernel=2, padding=1, padding_bit=1),
    SlidingWindowSpec(height=6, width=5, channels=1, simd=1, kernel=2, stride=3),
    SlidingWindowSpec(height=4, width=3, channels=1, simd=1, kernel=3, padding=2, stride=2),
)
IMAGES = BnnConvNetworkSpec(stages=(
    ConvStage(
        window=SlidingWindowSpec(height=3, width=4, channels=2, simd=2, kernel=2),
        layer=layer(8, 4, 2, 2),
    ),
    ConvStage(pool=MaxPoolSpec(height=2, width=3, channels=4, lanes=4)),
    ConvStage(layer=layer(4, 3, 1, 2, output=LayerOutput.SCORES)),
))  # fmt: skip


def input_memory(height: int, width: int, **others: Any) -> InputMemorySpec:
    fields = {"height": height, "width": width, "channels": 1, "bits": 2, "word_bits": 2, **others}
    return InputMemorySpec.model_validate(fields)


def processor(channels: int, units: int, **others: Any) -> DigitalProcessorSpec:
    fields = {"channels": channels, "units": units, "sum_bits": 4, "scale_bits": 3,
              "offset_bits": 3, "shift": 1, "bits": 4, **others}  # fmt: skip
    return DigitalProcessorSpec.model_validate(fields)


def pool(channels: int, units: int, **others: Any) -> PixelPoolSpec:
    return PixelPoolSpec.model_validate(
        {"channels": channels, "units": units, "bits": 3, "pixels": 2, **others}
    )


def kernel_matrix(rows: int, columns: int, **others: Any) -> CrossbarSpec:
    fields = {"rows": rows, "columns": columns, "input_bits": 2, "weight_bits": 2, "sum_bits": 12,
              **others}  # fmt: skip
    return CrossbarSpec.model_validate(fields)


def controller(height: int, width: int, **others: Any) -> DataflowControllerSpec:
    fields = {"height": height, "width": width, "channels": 1, "bits": 2, "word_bits": 2, **others}
    return DataflowControllerSpec.model_validate(fields)


FEATURE_MAPS = (
    input_memory(7, 3, mapping=Mapping.IWAP, bits=4, word_bits=10, kernel=2),
    input_memory(3, 3, mapping=Mapping.IWAP, bits=3, word_bits=8, kernel=2),
    input_memory(4, 3, mapping=Mapping.KLIP),
    input_memory(3, 4, mapping=Mapping.KLIP, bits=3, word_bits=4, padding=1, stride=2),
    input_memory(4, 3, mapping=Mapping.PLIP, bits=5, padding=2, order=Order.ROWS),
    input_memory(5, 4, mapping=Mapping.PLIP, kernel=1, stride=3),
)
BEHIND = input_memory(
    3, 5, mapping=Mapping.KLIP, word_bits=9, kernel=4, padding=1, order=Order.ROWS
)  # what is written is behind what is read
CONTROLLERS = (
    controller(3, 4, padding=1, residual=True),
    controller(3, 3, order=Order.ROWS),
    controller(4, 3, kernel=2, stride=2, order=Order.ROWS),
    controller(7, 3, kernel=2, parallel=4),
    controller(4, 3, padding=1, parallel=2, residual=True),
)
KERNEL_MATRICES = (
    kernel_matrix(4, 4, units=2, windows=3, step=1, blocks=2, counted=True, sum_bits=4),
    kernel_matrix(18, 3, input_signed=True, interval=6),
    kernel_matrix(3, 3, units=3, windows=2, step=2),
)

ROWS = rows_of(11, 3, segment=2, pipeline=3)
COUNTED = rows_of(17, 5, segment=2, style=SelectStyle.DIRECT)
PLANES = rows_of(4, 5, input_bits=3, order=PlaneOrder.LSB_FIRST, tag_bits=1)
SKIPPED = rows_of(6, 2, input_bits=3, skip_empty_planes=True, tag_bits=2)

AND_CELLS = digital_cim(3, 2, 2, 4)
UNSIGNED_CELLS = digital_cim(2, 1, 2, 2, weight_signed=False, pipeline=1)
XNOR_CELLS = digital_cim(3, 2, 1, 1, cell="xnor", weight_signed=False, input_signed=False)
ONE_CELL = digital_cim(1, 1, 2, 1)

TICKS = lif(
    4, "shift", fire="tick", current_bits=4, current_shift=1, refractory=2, rounding="toward-zero"
)
EXACT = lif(4, "constant", signed=True, reset="subtract", adaptation_bits=3, adaptation_shift=1)
SIGNED = lif(
    4, "shift", signed=True, rounding="toward-zero", refractory=3, refractory_input=True,
    noise_bits=2, pipeline=1,
)  # fmt: skip
STAMPED = lif(5, "constant", signed=True, step="time-stamped", time_bits=2, refractory=3)
TABLES = lif(
    5, "shift", step="time-stamped", time_bits=2, multiplier_bits=4, adaptation_bits=3,
    adaptation_shift=1, adaptation_jump=5,
)  # fmt: skip
PRODUCT = lif(4, "multiplicative", signed=True, noise_bits=2, noise="lfsr", pipeline=2)
CLOCKED = lif(5, "constant", step="clocked", current_bits=4, refractory=3, reset_value=3)
WRAPPING = IntegrateAndFireSpec(membrane_bits=4, input_bits=4)
NEURONS = (TICKS, EXACT, SIGNED, STAMPED, TABLES, PRODUCT, CLOCKED, WRAPPING)
FIVE_PORTS = RouterSpec(
    dx_bits=3, dy_bits=3, payload_bits=3, source_bits=3, multicast=True, tick=True
)
CORNER = RouterSpec(
    dx_bits=3,
    dy_bits=2,
    payload_bits=3,
    multicast=True,
    tick=True,
    edges=(Side.NORTH, Side.WEST),
    count_drops=True,
)

CROSSBARS = (
    crossbar(3, 2, overflow="wrap"),
    crossbar(
        5, 6, leak_reversal=True, stochastic=True, threshold_bits=3, noise_bits=2, slots=1,
    ),
    crossbar(1, 1, types=1),
)  # fmt: skip
CHIP = crowded_chip(
    CrossbarCoreSpec(
        axons=16, neurons=9, types=1, weight_bits=2, membrane_bits=3, threshold_bits=1, slots=2,
        word=16, dx_bits=3, dy_bits=2,
    )
)  # fmt: skip

DENSE = core(6, 4, 2, neuron={"refractory": 2, "reset": "subtract"})
OWN = core(
    5, 3, 4, sharing="per-neuron", pipeline=0, cycles_per_tick=9,
    neuron={"fire": "input", "leak": "constant", "leak_bits": 2},
)  # fmt: skip
LISTS = core(5, 3, 2, synapses="compressed", entries=7, pipeline=0, cycles_per_tick=8)
BINARY = core(3, 2, 2, pipeline=0, binary_weights=True, neuron={"input_bits": 2})
ONE_GROUP = core(2, 3, 2, pipeline=0, neuron={"reset": "wrap", "fire": "input"})
PAIRS = core(4, 4, 2, synapses="compressed", entries=3, pipeline=0, neuron={"fire": "input"})
DEEP_CORE = core(9, 2, 2, sharing="per-neuron", pipeline=2, neuron={"refractory": 2})
CORES = (DENSE, OWN, LISTS, BINARY, ONE_GROUP, PAIRS, DEEP_CORE)

LAYERS = (
    BITS, ONE_STEP, STREAMED, UNFOLDED, SCORES, CLASS, FIXED, layer(3, 2, 1, 2, input_bits=2),
)  # fmt: skip
SPECS: dict[str, tuple[Spec, ...]] = {
    "arith.adder_networks": (
        popcount(10), popcount(7, PopcountStyle.COMPRESSOR), tree(3, 2), tree(5, 2, signed=False),
        tree(3, 3, style="sum"), tree(3, 3, style="compressor"), tree(3, 2, pipeline=2),
    ),
    "arith.adders": (
        tree(3, 6, style="compressor", final="carry-select"), tree(2, 6, style="compressor"),
        tree(5, 2, signed=False), tree(2, 3, signed=False),
    ),
    "arith.adder_tree": (tree(3, 2), tree(3, 3, pipeline=3)),
    "arith.one_hot": (
        arbiter(5, "fixed"), arbiter(5), arbiter(6, grant="index"), EventDedupeSpec(addresses=5),
        AerEncoderSpec(lines=5), AerDecoderSpec(lines=7, form=LineForm.ONE_HOT),
        arbiter(129, "fixed"),
    ),
    "arith.pipeline": (popcount(6, pipeline=3), popcount(1, pipeline=2), popcount(2)),
    "arith.popcount": (popcount(9), popcount(6, pipeline=3)),
    "arith.requantize": (NEAREST, STOCHASTIC, WRAP),
    "arith.priority_encoder": (
        PriorityEncoderSpec(inputs=7), PriorityEncoderSpec(inputs=5, first=First.MSB),
        PriorityEncoderSpec(inputs=6, first=First.MSB, report=Report.ZEROS),
    ),
    "arith.carry_in": (EXACT, SIGNED, TICKS),
    "arith.selection": (
        AccumulatorBankSpec(units=1, words=(5, 2), widths=(3, 5), value_bits=4), TABLES,
    ),
    "arith.comparator": (
        ComparatorSpec(bits=3), ComparatorSpec(bits=4, style=ComparatorStyle.TREE),
        ComparatorSpec(bits=3, style=ComparatorStyle.TREE, signed=False),
    ),
    "arith.running_sum": (XNOR, NARROW, sums(3, 4)),
    "arith.accumulator": (
        sums(3, 4), sums(4, 1), sums(3, 3, last_flag=True), sums(2, 2, style="carry-save"),
        sums(3, 4, style="carry-save", segment=2), sums(3, 2, style="carry-save", segment=1),
        sums(3, 3, style="carry-save", last_flag=True, segment=3),
    ),
    "arith.lfsr": (STOCHASTIC,),
    "formats": (NEAREST, UNSIGNED, STOCHASTIC, TOWARD_ZERO, WRAP, NARROW),
    "cim.accumulator_bank": (
        AccumulatorBankSpec(units=2, words=(5, 3, 1), widths=(2, 3, 5), value_bits=3),
        AccumulatorBankSpec(
            units=1, words=(3, 2), widths=(3, 5), value_bits=4, signed=False,
            overflow=Overflow.SATURATE,
        ),
        AccumulatorBankSpec(units=1, words=(2,), widths=(4,), value_bits=2),
    ),
    "cim.activation": (
        activation(
            "none", channels=3, bias_bits=3, multiplier_bits=3, shift=1, shift_bits=2,
            output_signed=True,
        ),
        activation(
            "none", bias_bits=3, multiplier_bits=3, shift_bits=2, multiplier_signed=True,
            output_bits=9, output_signed=True,
        ),
        activation("relu", zero_point=8),
        activation(
            "leaky-relu", channels=2, bias_bits=3, multiplier_bits=2, slope_shift=2,
            biases=(3, -2), multipliers=(2, 3), output_signed=True,
        ),
        activation("clipped-relu", ceiling=9, zero_point=-8, output_signed=True),
        activation("clipped-relu", input_signed=False, ceiling=5, zero_point=2, scaled_bits=3),
        activation(
            "piecewise", slope_shift=2, breakpoints=(-12, 11), slopes=(0, 3, 1),
            offsets=(-40, 4, 30), output_signed=True, output_bits=6,
        ),
        activation(
            "piecewise", slope_shift=2, breakpoints=(-12, 11), slopes=(3, 5, -1),
            offsets=(-10, 14, 70), output_signed=True, output_bits=6,
        ),
    ),
    "cim.adc_post": (
        adc_post(Converter.FLASH, bubbles=Bubbles.MAJORITY), adc_post(Converter.FLASH),
        adc_post(Converter.FLASH, code_bits=2, bubbles=Bubbles.ONES_COUNT),
        adc_post(Converter.SAR, columns=3, offset_bits=3, output_bits=3, zero_point=2),
        adc_post(
            Converter.SAR, columns=2, sar_weights=(3, 2, 2, 1), code_bits=4, table_bits=4,
            gain_bits=3, gain_shift=1,
        ),
        adc_post(Converter.BINARY, code_bits=2, columns=3, table_bits=3, offset_bits=3),
    ),
    "cim.bit_planes": (AND_CELLS, ONE_CELL),
    "cim.cim_column": (AND_CELLS, XNOR_CELLS),
    "cim.digital_cim": (AND_CELLS, UNSIGNED_CELLS, XNOR_CELLS, ONE_CELL),
    "cim.plane_sum": (AND_CELLS, UNSIGNED_CELLS, ONE_CELL),
    "cim.word_lines": (AND_CELLS, ONE_CELL),
    "cim.cim_macro": (
        cim(
            4, 5, 2, (1, 2), columns_per_adc=4, input_bits=2, input_signed=True, reads_in_flight=2,
        ),
        cim(
            2, 2, 3, (1,), columns_per_adc=2, input_bits=2, input_signed=True, weight_signed=False,
            converter="binary", overflow="saturate",
        ),
        cim(3, 4, 1, (1, 3), columns_per_adc=4, weight_signed=False), cim(1, 1, 1, (1,)),
    ),
    "cim.multi_threshold": (
        MultiThresholdSpec(input_bits=4, output_bits=3), MultiThresholdSpec(output_bits=1),
        MultiThresholdSpec(input_bits=3, output_bits=2, signed=False),
        MultiThresholdSpec(input_bits=3, output_bits=2, channels=3),
        MultiThresholdSpec(
            input_bits=3, output_bits=2, channels=2, thresholds=((-2, 0, 3), (-3, 1, 2)),
        ),
        MultiThresholdSpec(input_bits=3, output_bits=2, thresholds=((-2, 0, 3),)),
    ),
    "cim.shift_add": (
        shift_add(3, 4), shift_add(3, 4, step=2, lanes=2), shift_add(3, 3, lsb_first=True),
        shift_add(2, 6, encoding="sign-magnitude", lanes=3, reconfigurable=True),
        shift_add(3, 3, encoding="offset-binary", step=2, ones_bits=3),
        shift_add(3, 2, encoding="offset-binary", fixed_ones=5, lsb_first=True),
        shift_add(3, 3, lsb_first=True, reconfigurable=True),
        shift_add(3, 3, lsb_first=True, partial_signed=True, reconfigurable=True),
        shift_add(3, 3, encoding="unsigned", lsb_first=True, reconfigurable=True),
        shift_add(3, 5, lanes=5, partial_signed=True),
    ),
    "imc.table": FEATURE_MAPS,
    "imc.pixel_writer": FEATURE_MAPS,
    "imc.row_reader": (*FEATURE_MAPS, BEHIND),
    "imc.input_memory": FEATURE_MAPS,
    "imc.crossbar": KERNEL_MATRICES,
    "imc.dot_product": KERNEL_MATRICES,

    "imc.dataflow_controller": CONTROLLERS,
    "imc.core_network": (TINY, TINY_TILES),
    "events.stream_fork": (TINY, TINY_TILES),
    "events.constant_stream": (TINY, TINY_TILES),
    "imc.digital_processor": (
        processor(6, 2, partial=True, residual=True), processor(2, 2, relu=False, signed=True),
        processor(2, 1, shift=0, bits=6),
    ),
    "imc.imc_core": (
        ImcCoreSpec(
            dataflow=controller(3, 3, padding=1, residual=True), processor=processor(3, 1),
            in_flight=2,
        ),
        ImcCoreSpec(dataflow=controller(3, 4), processor=processor(2, 2), in_flight=1),
        ImcCoreSpec(
            dataflow=controller(4, 3, kernel=2, parallel=2), processor=processor(4, 1), in_flight=1
        ),
    ),
    "imc.pixel_pool": (
        pool(2, 2, tokens=2, signed=True), pool(3, 1, tokens=4),
        pool(4, 2, tokens=2, pixels=3, operation="average"),
        pool(2, 1, operation="average", signed=True, rounding="floor"),
    ),
    "neurons.integrate_and_fire": (WRAPPING,),
    "neurons.core_rows": CORES,
    "neurons.neuron_core": CORES,
    "neurons.spike_output": CORES,
    "neurons.updated_memory": (*CORES, *PLASTIC),
    "neurons.lif": (EXACT, SIGNED, PRODUCT),
    "neurons.lif_update": NEURONS,
    "events.arbiter": (
        arbiter(3), arbiter(3, "fixed", hold=True), arbiter(3, hold=True, grant="index"),
        arbiter(3, hold=True, pipeline=1), arbiter(3, pipeline=1, grant="index"), arbiter(1),
        arbiter(3, hold=True, release=True),
        arbiter(3, "fixed", hold=True, release=True, pipeline=1),
    ),
    "events.arbitration": (
        arbiter(4), arbiter(4, "matrix"), arbiter(5, "tree", arity=2), arbiter(4, "tree"),
        arbiter(4, "weighted", weights=(2, 1, 4, 3)),
    ),
    "events.delay_scheduler": (
        scheduler(5, 3, 2, merged_bits=2), scheduler(4, 4, 2, form="words"),
        scheduler(3, 1, 4, form="words", merged_bits=1), scheduler(5, 2, 1),
    ),
    "events.width_adapter": (
        adapter(8, 2, 4), adapter(11, 1, 4, bits=2), adapter(8, 4, 2), adapter(11, 4, 1, bits=2),
        adapter(5, 3, 3), adapter(3, 4, 4),
    ),
    "events.stream_fifo": (
        fifo(3, 5), fifo(2, 2), fifo(2, 1), fifo(2, 3, storage="registers"), UNEVEN,
    ),
    "events.event_fifo": (fifo(3, 4), fifo(2, 2, when_full="drop", lost_bits=1)),
    "events.aer_encoder": (
        AerEncoderSpec(lines=5), AerEncoderSpec(lines=5, order=ServingOrder.ROUND_ROBIN),
        AerEncoderSpec(lines=1, order=ServingOrder.ROUND_ROBIN),
    ),
    "events.aer_decoder": (
        AerDecoderSpec(lines=5, outside_bits=2), AerDecoderSpec(lines=4),
        AerDecoderSpec(lines=3, address_bits=4, form=LineForm.ONE_HOT),
    ),
    "events.aer_link": (
        link(), link(setup=0), link(end="transmitter", setup=3), link(end="receiver"),
        link(protocol="strobe", pulse=3, gap=2), link(protocol="strobe", setup=0, gap=1),
        link(protocol="strobe", end="transmitter", pulse=3, gap=1, setup=0),
        link(protocol="strobe", end="receiver", gap=1),
    ),
    "events.event_dedupe": (EventDedupeSpec(addresses=5), EventDedupeSpec(addresses=4)),
    "events.event_merge": (
        EventMergeSpec(sources=3, bits=3), EventMergeSpec(sources=2, bits=2, attach=False),
    ),
    "events.event_replay": (
        EventReplaySpec(bits=2, time_bits=2), EventReplaySpec(bits=1, time_bits=4),
    ),
    "events.event_split": (
        EventSplitSpec(bits=3, routes=((4, 4), (6, 6), (1, 0)), dropped_bits=2),
        EventSplitSpec(bits=2, routes=((2, 2), (2, 0))),
    ),
    "events.event_stamper": (
        EventStamperSpec(bits=2, time_bits=2, markers=True),
        EventStamperSpec(bits=2, time_bits=3, stamp=Stamp.DELTA, markers=True),
        EventStamperSpec(bits=2, time_bits=2, stamp=Stamp.DELTA),
    ),
    "events.spike_register": (
        SpikeRegisterSpec(lines=3, synchronizer=1),
        SpikeRegisterSpec(lines=3, synchronizer=0, order=ServingOrder.FIXED),
    ),
    "events.packets": (FIVE_PORTS, CORNER),
    "events.router": (FIVE_PORTS, CORNER),
    "events.router_switch": (FIVE_PORTS, CORNER),
    "events.drop_counter": (CORNER,),
    "events.credit": (MeshSpec(columns=2, rows=1, payload_bits=3, depth=3),),
    "events.mesh": (
        MeshSpec(columns=2, rows=2, payload_bits=2, depth=3, multicast=True, count_drops=True),
        MeshSpec(columns=1, rows=2, payload_bits=2, depth=2, flow_control="ready", edges="open"),
    ),
    "cim.zero_skip": (ROWS, COUNTED, PLANES, SKIPPED, rows_of(3, 1, input_bits=3)),
    "cim.row_groups": (ROWS, COUNTED, rows_of(23, 9, segment=2)),
    "learning.calcium_synapse": (
        CalciumSynapseSpec(
            weight_bits=4, membrane_bits=3, calcium_bits=3, jump_up=3, jump_down=2, drift_up=2,
            calcium_jump=3, calcium_leak=2,
        ),
        CalciumSynapseSpec(
            weight_bits=3, membrane_bits=3, calcium_bits=3, jump_up=6, jump_down=7,
            calcium_jump=1, calcium_leak=3, membrane_threshold=0, calcium_thresholds=(1, 3, 5),
        ),
    ),
    "learning.plastic_core": PLASTIC,
    "learning.plastic_lane": PLASTIC,
    "learning.plastic_walk": PLASTIC,
    "learning.stdp": (
        stdp(3, potentiation=20, depression=25, fraction_bits=3),
        stdp(
            3, weight_signed=True, window="shift", dependence="multiplicative", fraction_bits=3,
            potentiation=7, depression=9, rounding="stochastic",
        ),
        stdp(3, window="trace", pairing="all", potentiation=9, depression=6, fraction_bits=2),
        stdp(8, window="trace", potentiation=9, depression=6, fraction_bits=0),
    ),
    "neurons.izhikevich": (
        IzhikevichSpec(membrane_bits=5, weight_bits=3, step_bits=2, timer_bits=2, burst_bits=2),
        IzhikevichSpec(membrane_bits=3, weight_bits=2, step_bits=4, timer_bits=1, burst_bits=1),
    ),
    "bnn.layer": LAYERS,
    "bnn.results": LAYERS,
    "bnn.schedule": LAYERS,
    "bnn.rram_layer": (
        RramLayerSpec(inputs=5, neurons=5, pe=2, simd=2, evaluate_cycles=1, synchronizer=0),
        RramLayerSpec(inputs=3, neurons=3, pe=3, simd=2, output=LayerOutput.CLASS,
                      precharge_cycles=1, evaluate_cycles=2, synchronizer=1),
        RramLayerSpec(inputs=40, neurons=3, pe=1, simd=10, output=LayerOutput.SCORES),
        RramLayerSpec(inputs=12, neurons=2, pe=2, simd=1, evaluate_cycles=1, synchronizer=0),
        RramLayerSpec(inputs=4, neurons=5, pe=1, simd=4, evaluate_cycles=1, synchronizer=0),
    ),
    "bnn.network": (DEEP,),
    "bnn.sliding_window": WINDOWS,
    "bnn.conv_network": (IMAGES,),
    "bnn.stochastic_encoder": (StochasticEncoderSpec(value_bits=3, length=12, lanes=2, seed=5),),
    "bnn.max_pool": (
        MaxPoolSpec(height=6, width=5, channels=4, lanes=1, kernel=4),
        MaxPoolSpec(height=4, width=6, channels=1, lanes=1),
        MaxPoolSpec(height=2, width=2, channels=2, lanes=1, kernel=1),
    ),
    "bnn.xnor_popcount": (XNOR, SINGLE, NARROW),
    "bnn.parameters": (BITS, FIXED),
    "bnn.fold_buffer": (BITS, layer(132, 3, 1, 33), layer(8, 2, 2, 4)),
    "bnn.argmax": (CLASS, TIES, layer(6, 4, 4, 6, output=LayerOutput.CLASS)),
    "bnn.rram_program": (
        RramProgramSpec(rows=3, columns=3, cells=2, attempts=3, set_cycles=1, reset_cycles=2,
                        form_cycles=4, gap_cycles=1),
        RramProgramSpec(rows=2, columns=2, cells=2, attempts=1, set_cycles=3, reset_cycles=1,
                        form_cycles=2, gap_cycles=8),
    ),
    "bnn.xnor_sense": (
        XnorSenseSpec(rows=3, columns=3, columns_per_amplifier=2, precharge_cycles=4,
                      evaluate_cycles=2, synchronizer=0, tag_bits=2),
        XnorSenseSpec(rows=1, columns=2, precharge_cycles=7, synchronizer=2),
        XnorSenseSpec(rows=2, columns=1, precharge_cycles=1, evaluate_cycles=4, synchronizer=1),
    ),
    "memory_map": CROSSBARS,
    "neurons.active_list": CROSSBARS,
    "neurons.crossbar_chip": (CHIP,),
    "neurons.crossbar_core": (*CROSSBARS, CHIP.core_at(1)),
    "neurons.crossbar_neuron": CROSSBARS,
}  # fmt: skip
"""Module below ``neuroloom.hdl`` to small specifications that use all of it."""
