"""The designs whose cost is tracked."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """A design whose cost is tracked, and the best open RTL of the same function."""

    macro: str
    fields: dict[str, object]
    function: str
    best_elsewhere: str = ""
    on: tuple[str, ...] | None = None
    """Targets that it is measured for where that is not all."""


WITH_MEMORIES = ("ice40-hx8k", "ecp5-25k", "gates")
"""Not standard cells, where a large memory would be flip-flops."""
MOSTLY_MEMORY = ("ecp5-25k", "gates")
"""Where more is needed than an hx8k has, block RAM for the most part."""
TRACKED = ("ice40-hx8k", "gates", "predictive-45")
"""One of each kind: those whose cells a test holds in every run."""

REFERENCES = (
    *(
        Reference("popcount", {"width": width, "style": style}, f"popcount {width}, {style}", best)
        for width, styles, best in (
            (
                64, ("counter", "compressor", "sum"),
                "iCE40 113 LUT4 at 88 MHz, or 148 at 106; ECP5 184 LUT4",
            ),
            (256, ("counter", "compressor", "sum"), "iCE40 502 LUT4 at 60 MHz"),
            (1024, ("counter",), "iCE40 2,077 LUT4 at 45 MHz"),
        )
        for style in styles
    ),
    Reference(
        "popcount", {"width": 256, "style": "counter", "pipeline": 3},
        "popcount 256, counter, 3 register stages",
    ),
    Reference(
        "xnor_popcount",
        {"lanes": 64, "folds": 63, "accumulator_bits": 12},
        "XNOR-popcount element, 64 lanes, 12-bit accumulator",
        "iCE40 189 LUT4 at 81 MHz",
    ),
    Reference(
        "bnn_layer",
        {"inputs": 64, "neurons": 64, "simd": 32, "pe": 8, "parameters": "streamed"},
        "binary matrix unit 64×64, SIMD 32, PE 8, weights streamed",
        "iCE40 868 LUT4, 580 FF at 74 MHz",
    ),
    Reference(
        "bnn_layer",
        {"inputs": 64, "neurons": 64, "simd": 32, "pe": 8},
        "binary matrix unit 64×64, SIMD 32, PE 8, weights in block RAM",
        "iCE40 868 LUT4, 580 FF at 74 MHz",
    ),
    Reference("bnn_network", {}, "binarized network 64-32-10"),
    Reference(
        "bnn_layer", {"inputs": 9, "neurons": 16, "pe": 16, "simd": 1, "input_bits": 8},
        "first layer of 3×3 windows of 8-bit pixels, 16 channels", on=TRACKED[:2],
    ),
    Reference(
        "bnn_conv_network", {}, "binarized convolutional network, 6×6 pixels, 8-16-10",
        on=TRACKED[:2],
    ),
    Reference(
        "sliding_window", {"padding": 1}, "3×3 windows of 28×28 pixels, 16 channels, padded",
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
        "adder_tree", {}, "adder tree 64 × 8 bits signed, carry chains",
        "iCE40 1,126 LUT4 at 61 MHz",
    ),
    Reference(
        "adder_tree", {"pipeline": 2}, "adder tree 64 × 8 bits signed, 2 register stages",
        "iCE40 1,126 LUT4 at 61 MHz, without registers",
    ),
    Reference("accumulator", {}, "accumulator, 16 bits × 16"),
    Reference("comparator", {}, "comparator, 16 bits signed"),
    Reference("priority_encoder", {}, "priority encoder 64"),
    Reference(
        "shift_add", {"partial_bits": 14, "slices": 8}, "shift-add 14 to 22 bits over 8 planes",
        "iCE40 98 LUT4, 40 carry, 22 FF at 137 MHz",
    ),
    Reference("adc_post", {}, "behind a 3-bit flash converter"),
    Reference("accumulator_bank", {}, "accumulators, 16 units of 8 × 8 to 1 × 16 bits"),
    Reference(
        "multi_threshold", {}, "multi-threshold, 8 to 4 bits", "iCE40 249 LUT4, 241 FF"
    ),
    Reference("zero_skip", {}, "zero-skip controller, 128 rows in groups of 7"),
    Reference("arbiter", {"requesters": 128}, "arbiter, round robin, 128 requests"),
    Reference(
        "event_fifo", {"bits": 16, "depth": 257}, "queue of 257 events of 16 bits in block RAM",
        on=TRACKED,
    ),
    Reference("event_dedupe", {}, "each of 256 addresses once a tick", on=TRACKED),
    Reference("aer_encoder", {}, "64 simultaneous events to addresses, fixed order", on=TRACKED),
    Reference("aer_decoder", {}, "addresses to vectors of 64 lines", on=TRACKED),
    Reference("aer_link", {}, "four-phase link of 8 bits, both ends", on=TRACKED),
    Reference(
        "delay_scheduler", {}, "events delayed by 1 to 16 ticks", on=WITH_MEMORIES
    ),
    Reference("router", {}, "router of a mesh, five ports", on=TRACKED),
    Reference(
        "mesh", {"columns": 2, "rows": 2}, "2×2 mesh, credit links", on=WITH_MEMORIES
    ),
    Reference(
        "crossbar_core", {"axons": 256, "neurons": 256},
        "TrueNorth-style core 256×256, without router",
        "ECP5 4,014 LUT4, 1,606 FF, 11 BRAM + 256 LUT RAM with router",
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
        "lif", {"membrane_bits": 8, "leak": "constant", "leak_bits": 7},
        "neuron update, 8-bit membrane, 4-bit signed weight, constant leak",
        "iCE40 106 LUT4; 158 gates", on=TRACKED,
    ),
    Reference(
        "lif",
        {"membrane_bits": 12, "membrane_signed": True, "leak": "constant", "leak_bits": 7},
        "neuron update, signed 12-bit membrane, 4-bit signed weight, saturating",
        "iCE40 121 LUT4; 285 gates", on=TRACKED,
    ),
    Reference(
        "neuron_core",
        {"pipeline": 2, "neuron": {"fire": "tick", "leak": "constant", "leak_bits": 7}},
        "event-driven core, 256 neurons, 65,536 4-bit synapses",
        "ECP5 2,960 LUT4, 1,810 FF, 17 BRAM", on=MOSTLY_MEMORY,
    ),
    Reference(
        "izhikevich", {}, "neuron update, 20 behaviours at run time, 8-bit membrane",
        "iCE40 480 LUT4", on=TRACKED,
    ),
    Reference(
        "stdp", {"window": "shift"}, "STDP update, 8-bit weight, time stamps, shift window",
        on=TRACKED,
    ),
    Reference("calcium_synapse", {}, "calcium-gated bistable synapse, 8-bit weight", on=TRACKED),
    Reference("plastic_core", {}, "learning core, 64 × 64 8-bit synapses, STDP", on=TRACKED[:2]),
    Reference(
        "plastic_core", {"rule": "calcium"}, "learning core, 64 × 64 8-bit synapses, calcium",
        on=TRACKED[:2],
    ),
    Reference("activation", {}, "bias, scale, ReLU, 24 to 8 bits, 8 channels"),
    Reference(
        "digital_cim", {"rows": 64, "columns": 1, "weight_bits": 8},
        "digital CIM column, 64 rows of 8-bit weights",
    ),
    Reference(
        "input_memory", {"height": 32, "width": 32, "channels": 16, "padding": 1},
        "input memory of 3×3 windows, 32×32 pixels of 16 bytes", on=TRACKED[:2],
    ),
    Reference(
        "digital_processor", {"channels": 16, "units": 2, "residual": True},
        "batch normalization, residual and ReLU of 16 channels", on=TRACKED,
    ),
    Reference(
        "imc_core", {}, "dataflow and processing of an in-memory-computing core", on=MOSTLY_MEMORY
    ),
    Reference(
        "crossbar",
        {"rows": 36, "columns": 8, "input_bits": 4, "weight_bits": 4, "sum_bits": 16},
        "crossbar in behaviour, 36 rows and 8 columns of 4 bits", on=TRACKED[:2],
    ),
    Reference("pixel_pool", {}, "2×2 max pooling of 16 channels", on=TRACKED[:2]),
    Reference(
        "pixel_pool", {"channels": 56, "pixels": 1, "tokens": 64, "operation": "average"},
        "average of an 8×8 map of 56 channels", on=TRACKED[:2],
    ),
    Reference("cim_macro", {}, "periphery of a 128×128 CIM macro, 16 converters"),
)  # fmt: skip
