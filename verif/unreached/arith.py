"""Verilog of arithmetic that no run reaches, and why."""

from neuroloom.verif.unreached.reasons import NEVER_NEGATIVE

UNREACHED: dict[tuple[str, str, str], str] = {
    ("accumulator", "accumulator_running_sum", "fitted: else if (#)"): NEVER_NEGATIVE,
    ("requantize", "requantize", "fitted: else if (#)"): NEVER_NEGATIVE,
    (
        "requantize", "requantize", "fitted: if ($signed({{#{value_data[#]}}, value_data[#]}) > #)",
    ): "an unsigned result of as many bits as are left of a signed value holds all of them",
}  # fmt: skip
