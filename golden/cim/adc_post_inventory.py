"""What the path behind a converter consists of."""

from typing import TYPE_CHECKING

from neuroloom.golden.arith.popcount import PopcountStyle, counting_tree
from neuroloom.golden.cim.converters import Bubbles, Converter
from neuroloom.golden.formats import Rounding
from neuroloom.golden.inventory import (
    Inventory,
    adder,
    counter,
    register,
    saturation,
    stream_output,
)
from neuroloom.golden.memories.parameters import parameter_memory

if TYPE_CHECKING:
    from neuroloom.golden.cim.adc_post import AdcPostSpec


def adc_post_inventory(spec: "AdcPostSpec") -> Inventory:
    """Assembly of codes, table and coefficients, and the path from a code to the result."""
    low, high = spec.shifted_range
    value_bits = (high - min(low, 0)).bit_length()
    path = Inventory()
    held = stream_output(min(spec.result_format.bits, spec.exact_bits)) + Inventory(gates=1)
    if spec.table_bits is not None:
        held += parameter_memory(spec.table_bits, 1 << spec.code_bits, loadable=True)
    if spec.corrected:
        bits = (spec.offset_bits or 0) + (spec.gain_bits or 0)
        held += parameter_memory(bits, spec.columns, loadable=True) + Inventory(gates=3)
    if spec.has_memory:
        held += counter(spec.columns) + register(1) + Inventory(gates=3)
        held += register(0 if spec.table_bits else spec.code_bits)
    if spec.offset_bits is not None:
        code = spec.table_bits or spec.code_bits
        path = path.then(adder(code, spec.offset_bits, value_bits))
    if spec.gain_bits is not None:
        path = path.then(_multiplier(value_bits, spec.gain_bits))
        if spec.gain_shift and spec.rounding is not Rounding.FLOOR:
            kept = max(0, value_bits + spec.gain_bits - spec.gain_shift)
            path = path.then(Inventory(gates=spec.gain_shift, half_adders=kept))
    if spec.zero_point:
        bits = max(abs(end).bit_length() for end in spec.corrected_range)
        path = path.then(Inventory(half_adders=bits, adder_depth=bits))
    least, most = spec.range
    fmt = spec.result_format
    ends = (least < fmt.minimum) + (most > fmt.maximum)
    path = path.then(saturation(spec.exact_bits, fmt.bits, ends)) if ends else path
    return assembly_inventory(spec) + held + path


def assembly_inventory(spec: "AdcPostSpec") -> Inventory:
    """What makes a code of the tokens."""
    comparators = (1 << spec.code_bits) - 1
    match spec.converter:
        case Converter.BINARY:
            return Inventory()
        case Converter.FLASH if spec.bubbles is Bubbles.ONES_COUNT:
            return counting_tree(comparators, PopcountStyle.COUNTER).inventory
        case Converter.FLASH:
            joined = spec.code_bits * max(0, (comparators + 1) // 2 - 1)
            vote = 4 * (comparators - 1) if spec.bubbles is Bubbles.MAJORITY else 0
            return Inventory(gates=comparators - 1 + joined + vote)
        case Converter.SAR:
            place = counter(spec.decisions)
            if spec.decisions == 1:
                return place
            if spec.sar_weights is None:
                return place + register(spec.code_bits - 1)
            total = adder(spec.code_bits, spec.code_bits, spec.code_bits)
            return place + register(spec.code_bits) + total


def _multiplier(left_bits: int, right_bits: int) -> Inventory:
    """Array multiplier: a row of AND gates a bit of one operand, rows added one by one."""
    rows = Inventory(gates=left_bits * right_bits)
    for _ in range(right_bits - 1):
        rows = rows.then(adder(left_bits, left_bits, left_bits))
    return rows
