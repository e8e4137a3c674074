"""What Lu et al. 2021 print of the digital periphery of their macro."""

PAPER = "Lu et al. 2021, Front. Artif. Intell. 4:659060"
SHIFT_ADD, ACCUMULATOR, CONTROL = "shift-add", "accumulator", "control"
"""Modules of the macro."""
NANOMETRES, SUPPLY = 40, 0.9
"""Node [nm] and supply [V] of the chip."""
CONTROL_REGISTER_ACTIVITY = 0.11
"""Share of the flip-flops of the control that switch in a cycle: ζ."""
BITS: dict[int, tuple[int | None, ...]] = {
    1: (None, None, 1024, 112),
    2: (320, 48, 640, 144),
    4: (224, 48, 384, 176),
    8: (176, 48, 256, 240),
}
"""Table 4 by width of weights: shift-add flip-flops and adder bits, those of the accumulator."""
ALL_WIDTHS = ((176, 176), (144, 160), (1024, 1216), (672, 816))
"""The same built for all widths: NeuroSim, chip."""
AREAS = {
    (SHIFT_ADD, "flip-flops"): (719, 681),
    (SHIFT_ADD, "adders"): (662, 663),
    (SHIFT_ADD, "other gates"): (1336, 1334),
    (ACCUMULATOR, "flip-flops"): (4968, 4706),
    (ACCUMULATOR, "adders"): (3089, 3291),
    (ACCUMULATOR, "other gates"): (6808, 6797),
    (CONTROL, "flip-flops"): (None, 7334),
    (CONTROL, "other gates"): (6569, 6558),
}
ENERGIES = {
    (SHIFT_ADD, "flip-flops"): (1.25, 1.25),
    (SHIFT_ADD, "adders"): (0.12, 0.15),
    (SHIFT_ADD, "other gates"): (0.17, 0.33),
    (ACCUMULATOR, "flip-flops"): (8.65, 8.37),
    (ACCUMULATOR, "adders"): (0.60, 0.60),
    (ACCUMULATOR, "other gates"): (0.84, 0.80),
    (CONTROL, "flip-flops"): (2.97, 3.01),
    (CONTROL, "other gates"): (0.81, 0.75),
}
"""Table 5: NeuroSim and chip, µm² and pJ a cycle."""
AREA, ENERGY = (31893, 31386), (15.41, 15.26)
"""Their totals."""
BEFORE_LAYOUT = (3177.75, 3150.8)
"""Energy of the whole array, NeuroSim and chip [pJ]: Table 6."""
LAYOUT_FACTOR, AFTER_LAYOUT = 1.22, 3864.2
"""What NeuroSim's is multiplied by after layout, and the chip's [pJ]: Table 6."""
