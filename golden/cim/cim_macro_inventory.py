"""What the digital periphery of a compute-in-memory macro consists of."""

from typing import TYPE_CHECKING

from neuroloom.golden.cim.adc_post import AdcPostSpec
from neuroloom.golden.formats import Overflow
from neuroloom.golden.inventory import Inventory, counter, index_bits, register, saturation
from neuroloom.golden.streams.stream_fifo import stream_fifo

if TYPE_CHECKING:
    from neuroloom.golden.cim.cim_macro import CimMacroSpec


def cim_macro_inventory(spec: "CimMacroSpec") -> Inventory:
    """The row controller, reads without an answer, and units with accumulators."""
    code = AdcPostSpec(
        converter=spec.converter, code_bits=spec.adc_bits, bubbles=spec.bubbles
    ).assembly_inventory + Inventory(gates=spec.adc_bits)
    units = spec.adcs * (code.then(spec.shift_add.unit_inventory))
    tags = stream_fifo(spec.tag_bits, spec.reads_in_flight - 1)
    rows = spec.row_controller.inventory
    return rows + tags + units + accumulation_inventory(spec) + _control(spec)


def accumulation_inventory(spec: "CimMacroSpec") -> Inventory:
    """The accumulators of all converters alone."""
    bank = spec.accumulators
    value, widest = spec.shift_add.sum_format.bits, bank.widths[-1]
    choice = (widest - bank.widths[0]) * spec.precision_bits
    inverted = Inventory(xors=value if spec.input_signed else 0)
    fitted = Inventory(multiplexers=choice)
    if spec.overflow is Overflow.SATURATE:
        fitted += len(spec.weight_bits) * saturation(widest + 1, widest, 1 + bank.signed)
    if not spec.accumulates:
        return spec.adcs * inverted.then(fitted)
    addition = Inventory(full_adders=widest - 1, half_adders=1, adder_depth=widest)
    begun = Inventory(gates=widest, multiplexers=widest if spec.bit_serial else 0)
    unit = begun + inverted.then(addition).then(fitted) + register(-_unread_bits(spec))
    return spec.adcs * unit + bank.storage_inventory


def _unread_bits(spec: "CimMacroSpec") -> int:
    """Stored bits of a unit that only shift out at the top.

    With one group of rows a word is doubled whenever it is read, so that wrapping loses its
    top bit, the sign of the widest words, unless a word of another precision uses the place.
    """
    if spec.several_groups or spec.overflow is Overflow.SATURATE:
        return 0
    bank, widest = spec.accumulators, len(spec.weight_bits) - 1
    tops = {bank.places(widest, word)[-1] for word in range(bank.words[-1])}
    others = {
        place
        for precision in range(widest)
        for word in range(bank.words[precision])
        for place in bank.places(precision, word)
    }
    return len(tops - others)


def _control(spec: "CimMacroSpec") -> Inventory:
    """Columns that are read, slices and words that come back, what goes on with a value."""
    steps, words = max(spec.column_map.steps), spec.column_map.words[0]
    counted = counter(steps) + counter(spec.weight_bits[-1]) + counter(words)
    begins = spec.several_groups + spec.bit_serial
    kept = 1 + spec.precision_bits + index_bits(words) + spec.accumulates
    return counted + register(2 * begins + kept) + Inventory(gates=12)
