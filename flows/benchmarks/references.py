"""The designs whose cost is tracked."""

from dataclasses import dataclass

from neuroloom.flows.benchmarks.peers import Peer


@dataclass(frozen=True)
class Reference:
    """A design whose cost is tracked, and the best open RTL of the same function."""

    macro: str
    fields: dict[str, object]
    function: str
    peers: tuple[Peer, ...] = ()
    on: tuple[str, ...] | None = None
    """Targets that it is measured for where that is not all."""


WITH_MEMORIES = ("ice40-hx8k", "ecp5-25k", "gates")
"""Not standard cells, where a large memory would be flip-flops."""
MOSTLY_MEMORY = ("ecp5-25k", "gates")
"""Targets for what needs more than an hx8k has, block RAM for the most part."""
TRACKED = ("ice40-hx8k", "gates", "predictive-45")
"""One of each kind: those whose cells a test holds in every run."""

LOOP, SUBTRACTIONS = "a loop over the bits", "two subtractions"


def _ice40(
    lut4: int, ff: int = 0, mhz: float | None = None, what: str = "", differs: str = ""
) -> Peer:
    return Peer("ice40-hx8k", {"LUT4": lut4, "FF": ff}, mhz, what, differs)


LOOP_ON_ECP5 = Peer(
    "ecp5-25k",
    {"LUT4": 107, "carry": 4},
    what=LOOP,
    differs="a carry cell takes the place of two LUTs",
)
REFERENCES = (
    *(
        Reference("popcount", {"width": width, "style": style}, f"popcount {width}, {style}", peers)
        for width, style, peers in (
            (64, "counter", (_ice40(113, mhz=88.0, what=LOOP), LOOP_ON_ECP5)),
            (64, "compressor", (_ice40(148, mhz=106.0, what="a tree of gates"),)),
            (64, "sum", (_ice40(113, mhz=88.0, what=LOOP),)),
            (256, "counter", (_ice40(502, mhz=60.0, what=LOOP),)),
            (256, "compressor", (_ice40(502, mhz=60.0, what=LOOP),)),
            (256, "sum", (_ice40(502, mhz=60.0, what=LOOP),)),
            (1024, "counter", (_ice40(2077, mhz=45.0, what=LOOP),)),
        )
    ),
    Reference(
        "popcount",
        {"width": 256, "style": "counter", "pipeline": 3},
        "popcount 256, counter, 3 register stages",
    ),
    Reference(
        "xnor_popcount",
        {"lanes": 64, "folds": 63, "accumulator_bits": 12},
        "XNOR-popcount element, 64 lanes, 12-bit accumulator",
        (_ice40(189, mhz=81.0),),
    ),
    Reference(
        "bnn_layer",
        {"inputs": 64, "neurons": 64, "simd": 32, "pe": 8, "parameters": "streamed"},
        "binary matrix unit 64×64, SIMD 32, PE 8, weights streamed",
        (_ice40(868, 580, 74.0),),
    ),
    Reference(
        "bnn_layer",
        {"inputs": 64, "neurons": 64, "simd": 32, "pe": 8},
        "binary matrix unit 64×64, SIMD 32, PE 8, weights in block RAM",
    ),
    Reference("bnn_network", {}, "binarized network 64-32-10"),
    Reference(
        "bnn_layer",
        {"inputs": 9, "neurons": 16, "pe": 16, "simd": 1, "input_bits": 8},
        "first layer of 3×3 windows of 8-bit pixels, 16 channels",
        on=TRACKED[:2],
    ),
    Reference(
        "bnn_conv_network",
        {},
        "binarized convolutional network, 6×6 pixels, 8-16-10",
        on=TRACKED[:2],
    ),
    Reference(
        "sliding_window",
        {},
        "3×3 windows of 28×28 pixels, 16 channels",
        (_ice40(319, mhz=90.8),),
        on=TRACKED[:2],
    ),
    Reference(
        "sliding_window",
        {"padding": 1},
        "3×3 windows of 28×28 pixels, 16 channels, padded",
        on=TRACKED[:2],
    ),
    Reference("max_pool", {}, "binary 2×2 max pool of 28×28 pixels, 16 channels", on=TRACKED),
    Reference("stochastic_encoder", {}, "stochastic encoder, 8 bits, 8 lanes", on=TRACKED),
    Reference("xnor_sense", {}, "sense control of a 32×32 differential tile", on=TRACKED),
    Reference("rram_program", {}, "program control of a 32×32 differential tile", on=TRACKED),
    Reference("rram_layer", {}, "layer 64×64 over 2×2 differential tiles", on=TRACKED),
    Reference("requantize", {}, "requantise 24 to 8 bits, nearest even, saturating"),
    Reference("width_adapter", {}, "width adapter 8 to 32 lanes"),
    Reference(
        "adder_tree",
        {},
        "adder tree 64 × 8 bits signed, carry chains",
        (_ice40(1126, mhz=61.0, what="the sum as yosys makes it"),),
    ),
    Reference("adder_tree", {"pipeline": 2}, "adder tree 64 × 8 bits signed, 2 register stages"),
    Reference("accumulator", {}, "accumulator, 16 bits × 16"),
    Reference("comparator", {}, "comparator, 16 bits signed"),
    Reference("priority_encoder", {}, "priority encoder 64"),
    Reference(
        "shift_add",
        {"partial_bits": 14, "slices": 8},
        "shift-add 14 to 22 bits over 8 planes",
        (_ice40(98, 22, 137.0),),
    ),
    Reference("adc_post", {}, "behind a 3-bit flash converter"),
    Reference("accumulator_bank", {}, "accumulators, 16 units of 8 × 8 to 1 × 16 bits"),
    Reference(
        "multi_threshold",
        {},
        "multi-threshold, 8 to 4 bits",
        (_ice40(249, 241, what="FINN", differs="theirs reads its thresholds back"),),
    ),
    Reference("zero_skip", {}, "zero-skip controller, 128 rows in groups of 7"),
    Reference(
        "arbiter",
        {"requesters": 64},
        "arbiter, round robin, 64 requests",
        (_ice40(213, mhz=39.0, what=SUBTRACTIONS),),
        on=TRACKED[:2],
    ),
    Reference(
        "arbiter",
        {"requesters": 128},
        "arbiter, round robin, 128 requests",
        (_ice40(427, what=SUBTRACTIONS),),
    ),
    Reference(
        "event_fifo",
        {"bits": 16, "depth": 256},
        "queue of 256 events of 16 bits in block RAM",
        (_ice40(51, 45),),
        on=TRACKED[:2],
    ),
    Reference(
        "event_fifo",
        {"bits": 16, "depth": 257},
        "queue of 257 events of 16 bits in block RAM",
        on=TRACKED,
    ),
    Reference("event_dedupe", {}, "each of 256 addresses once a tick", on=TRACKED),
    Reference("aer_encoder", {}, "64 simultaneous events to addresses, fixed order", on=TRACKED),
    Reference("aer_decoder", {}, "addresses to vectors of 64 lines", on=TRACKED),
    Reference("aer_link", {}, "four-phase link of 8 bits, both ends", on=TRACKED),
    Reference("delay_scheduler", {}, "events delayed by 1 to 16 ticks", on=WITH_MEMORIES),
    Reference("router", {}, "router of a mesh, five ports", (_ice40(729, 297, 70.0),), on=TRACKED),
    Reference("mesh", {"columns": 2, "rows": 2}, "2×2 mesh, credit links", on=WITH_MEMORIES),
    Reference(
        "crossbar_core",
        {"axons": 256, "neurons": 256},
        "TrueNorth-style core 256×256, without router",
        (
            Peer(
                "ecp5-25k",
                {"LUT4": 1314, "FF": 41, "BRAM": 11, "LUT RAM": 256},
                what="RANC, its router left out",
                differs="theirs has its synapses as initial contents and takes more than 65,536 "
                "cycles a tick; ours loads them and takes 32 cycles an active axon",
            ),
        ),
        on=MOSTLY_MEMORY,
    ),
    Reference("event_split", {}, "events to two outputs by their top bit", on=TRACKED),
    Reference("event_merge", {}, "4 streams of events in one, with their source", on=TRACKED[:2]),
    Reference("event_stamper", {}, "16-bit time stamps from reset", on=TRACKED),
    Reference("event_replay", {}, "events of 16-bit times in their ticks", on=TRACKED[:2]),
    Reference("spike_register", {}, "64 lines, synchronized, round robin", on=TRACKED),
    Reference(
        "integrate_and_fire", {}, "neuron update, 6-bit membrane that wraps around", on=TRACKED
    ),
    Reference(
        "lif",
        {"membrane_bits": 8, "leak": "constant", "leak_bits": 7},
        "neuron update, 8-bit membrane, 4-bit signed weight, constant leak",
        (_ice40(106), Peer("gates", {"gates": 158})),
        on=TRACKED,
    ),
    Reference(
        "lif",
        {"membrane_bits": 12, "membrane_signed": True, "leak": "constant", "leak_bits": 7},
        "neuron update, signed 12-bit membrane, 4-bit signed weight, saturating",
        (_ice40(121, mhz=86.3), Peer("gates", {"gates": 285})),
        on=TRACKED,
    ),
    Reference(
        "neuron_core",
        {"pipeline": 2, "neuron": {"fire": "tick", "leak": "constant", "leak_bits": 7}},
        "event-driven core, 256 neurons, 65,536 4-bit synapses",
        on=MOSTLY_MEMORY,
    ),
    Reference(
        "neuron_core",
        {
            "banks": 1,
            "sharing": "per-neuron",
            "pipeline": 2,
            "neuron": {
                "membrane_bits": 12,
                "membrane_signed": True,
                "fire": "input",
                "leak": "constant",
                "leak_bits": 7,
            },
        },
        "event-driven core, 256 neurons of 12 bits, threshold and leak a neuron, one a cycle",
        (
            Peer(
                "ecp5-25k",
                {"LUT4": 472, "FF": 151, "BRAM": 17},
                what="tinyODIN, its queue and its SPI slave left out",
                differs="theirs has AER links, read-back and loop-back of spikes, and takes 512 "
                "cycles an event; ours takes 256",
            ),
        ),
        on=MOSTLY_MEMORY,
    ),
    Reference(
        "izhikevich",
        {},
        "neuron update, 20 behaviours at run time, 8-bit membrane",
        (_ice40(429, mhz=46.1, what="its calcium left out"),),
        on=TRACKED,
    ),
    Reference(
        "stdp",
        {"window": "shift"},
        "STDP update, 8-bit weight, time stamps, shift window",
        on=TRACKED,
    ),
    Reference("calcium_synapse", {}, "calcium-gated bistable synapse, 8-bit weight", on=TRACKED),
    Reference("plastic_core", {}, "learning core, 64 × 64 8-bit synapses, STDP", on=TRACKED[:2]),
    Reference(
        "plastic_core",
        {"rule": "calcium"},
        "learning core, 64 × 64 8-bit synapses, calcium",
        on=TRACKED[:2],
    ),
    Reference("activation", {}, "bias, scale, ReLU, 24 to 8 bits, 8 channels"),
    Reference(
        "digital_cim",
        {"rows": 64, "columns": 1, "weight_bits": 8},
        "digital CIM column, 64 rows of 8-bit weights",
    ),
    Reference(
        "input_memory",
        {"height": 32, "width": 32, "channels": 16, "padding": 1},
        "input memory of 3×3 windows, 32×32 pixels of 16 bytes",
        on=TRACKED[:2],
    ),
    Reference(
        "digital_processor",
        {"channels": 16, "units": 2, "residual": True},
        "batch normalization, residual and ReLU of 16 channels",
        on=TRACKED,
    ),
    Reference(
        "imc_core", {}, "dataflow and processing of an in-memory-computing core", on=MOSTLY_MEMORY
    ),
    Reference(
        "crossbar",
        {"rows": 36, "columns": 8, "input_bits": 4, "weight_bits": 4, "sum_bits": 16},
        "crossbar in behaviour, 36 rows and 8 columns of 4 bits",
        on=TRACKED[:2],
    ),
    Reference("pixel_pool", {}, "2×2 max pooling of 16 channels", on=TRACKED[:2]),
    Reference(
        "pixel_pool",
        {"channels": 56, "pixels": 1, "tokens": 64, "operation": "average"},
        "average of an 8×8 map of 56 channels",
        on=TRACKED[:2],
    ),
    Reference("cim_macro", {}, "periphery of a 128×128 CIM macro, 16 converters"),
)
