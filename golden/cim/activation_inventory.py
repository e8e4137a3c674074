"""What bias, scale and activation function consist of."""

from typing import TYPE_CHECKING

from neuroloom.golden.cim.activation_functions import bits_for
from neuroloom.golden.formats import Rounding, dropped_unread
from neuroloom.golden.inventory import (
    Inventory,
    adder,
    counter,
    multiplier,
    register,
    saturation,
    stream_output,
)
from neuroloom.golden.memories.parameters import parameter_memory

if TYPE_CHECKING:
    from neuroloom.golden.cim.activation import ActivationSpec


def activation_inventory(spec: "ActivationSpec") -> Inventory:
    """Coefficients, the registers of every stage with what lies before them, and the output."""
    low, high = spec.result_range
    varying = spec.varying_bits
    # bits that are the same in every result are one register, or none where they are zero
    same = (low < 0) is (high < 0) and low >> varying != 0
    path = _coefficients(spec) + _scaling(spec) + _function(spec)
    return path + stream_output(varying + same)


def _coefficients(spec: "ActivationSpec") -> Inventory:
    """Coefficients and what of them goes along with a value."""
    if not spec.looked_up:
        loaded = spec.row_bits and not spec.fixed
        return register(spec.row_bits + 1) + Inventory(gates=3) if loaded else Inventory()
    rows = parameter_memory(spec.row_bits, spec.channels, loadable=not spec.fixed)
    factor, shift = spec.multiplier_bits, spec.shift_bits
    along = (factor + shift if spec.bias_bits else 0) + (shift if factor else 0)
    return rows + counter(spec.channels) + register(along) + Inventory(gates=4)


def _scaling(spec: "ActivationSpec") -> Inventory:
    """Value, sum, product and scaled value, each with its register."""
    parts = Inventory()
    value, total, product = (
        spec.input_bits,
        bits_for(*spec.sum_range),
        bits_for(*spec.product_range),
    )
    if spec.bias_bits:
        parts += adder(value, spec.bias_bits, total)
    if spec.multiplier_bits:
        # a constant has a row a one
        rows = spec.multiplier_bits
        if spec.multipliers is not None and not spec.looked_up:
            rows = max(1, abs(spec.multipliers[0]).bit_count())
        parts += multiplier(total, rows)
    there = (spec.looked_up, bool(spec.bias_bits), bool(spec.multiplier_bits))
    held = [bits for bits, has in zip((value, total, product), there, strict=True) if has]
    parts += register(sum(held) + len(held))
    if not spec.scales:
        return parts
    path = Inventory(multiplexers=spec.shift_bits * product)
    dropped = spec.shift + bool(spec.shift_bits)
    if dropped and spec.rounding is not Rounding.FLOOR:
        kept = max(0, product - spec.shift)
        path = path.then(Inventory(gates=dropped, half_adders=kept, adder_depth=kept))
    if held:  # what no rounding reads is not kept, the sign of a value aside
        signed = spec.product_range[0] < 0
        unread = dropped_unread(spec.shift, spec.rounding, signed)
        parts += register(-min(unread, held[-1] - signed))
    if spec.scaled_bits is not None:
        path = path.then(saturation(product - spec.shift, spec.scaled_bits, ends=2))
    return parts + path + register(bits_for(*spec.scaled_range) + 1)


def _function(spec: "ActivationSpec") -> Inventory:
    """The function with the zero point, up to the register of the result."""
    path = spec.activation.inventory(*spec.scaled_range)
    least, most = spec.activated_range
    if spec.zero_point:
        path = path.then(Inventory(half_adders=bits_for(least, most)))
    fmt = spec.result_format
    ends = (least < fmt.minimum) + (most > fmt.maximum)
    return path.then(saturation(bits_for(least, most), fmt.bits, ends))
