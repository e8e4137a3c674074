"""The hardware of a mapped network as text."""

from neuroloom.flows.mapping.imc.study import CheckFigures, HardwareFigures, MappingFigures
from neuroloom.flows.tools.numbers import grouped, scaled, significant
from neuroloom.golden.imc.input_memory import Order

SIMULATED = (
    "Hardware: every timestep as many pixels of the image are offered as the first layer computes "
    "at once. Verilator simulates it with crossbars that add up their products in loops, in the "
    "cycles of multipliers. Cycles count from the one that offers the first pixel."
)
ORDERS = {Order.COLUMNS: "column after column", Order.ROWS: "row after row"}


def hardware_rows(figures: MappingFigures) -> list[tuple[str, str, str]]:
    """Name, value and remark of each figure; none without hardware."""
    hardware = figures.hardware
    if hardware is None:
        return []
    rate, prefix = scaled(hardware.cycles / figures.chip.timestep)
    named = () if hardware.module is None else (("module", hardware.module, "in Verilog"),)
    return [
        *named,
        (
            "timestep in hardware",
            counted(hardware.cycles, "cycle"),
            f"a clock of {rate} {prefix}Hz; pixels of the image come {ORDERS[hardware.order]}",
        ),
        *(_check_rows(hardware, hardware.check) if hardware.check is not None else ()),
    ]


def outcome(check: CheckFigures) -> str:
    """What came of the comparison, in a few words."""
    if check.differing is None:
        return "every score equals that of integer numpy"
    return f"image {check.differing} is the first whose scores differ from integer numpy"


def counted(number: int, what: str) -> str:
    """A number of things, ``what`` being one of them."""
    return f"{grouped(number)} {what}{'' if number == 1 else 's'}"


def _check_rows(hardware: HardwareFigures, check: CheckFigures) -> list[tuple[str, str, str]]:
    between = check.interval_cycles
    steps = "–" if between is None else f"{significant(between / hardware.cycles, 4)} timesteps"
    return [
        ("random images", grouped(check.images), f"{outcome(check)}; seed {check.seed}"),
        (
            "latency in hardware",
            f"{significant(check.latency, 4)} timesteps",
            counted(check.latency_cycles, "cycle"),
        ),
        (
            "from image to image in hardware",
            steps,
            "of one image" if between is None else counted(between, "cycle"),
        ),
        (
            "input had to wait",
            counted(check.waiting_cycles, "cycle"),
            "in which a pixel was offered and not taken",
        ),
    ]
