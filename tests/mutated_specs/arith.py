"""Small specifications of arithmetic, and of number formats."""

from typing import Any

from mutated_specs.bnn import NARROW, XNOR
from mutated_specs.events import arbiter
from mutated_specs.neurons import AT_TICKS, EXACT, SIGNED, TABLES, TAKEN_OFF, TICKS
from neuroloom.golden.arith.accumulator import AccumulatorSpec
from neuroloom.golden.arith.adder_tree import AdderTreeSpec
from neuroloom.golden.arith.popcount import PopcountSpec, PopcountStyle
from neuroloom.golden.arith.requantize import RequantizeSpec
from neuroloom.golden.cim.accumulator_bank import AccumulatorBankSpec
from neuroloom.golden.events.aer_decoder import AerDecoderSpec, LineForm
from neuroloom.golden.events.aer_encoder import AerEncoderSpec
from neuroloom.golden.events.event_dedupe import EventDedupeSpec
from neuroloom.golden.formats import Overflow, Rounding
from neuroloom.golden.spec import Spec


def popcount(width: int, style: PopcountStyle = PopcountStyle.COUNTER, pipeline: int = 0) -> Spec:
    return PopcountSpec(width=width, style=style, pipeline=pipeline)


def tree(operands: int, bits: int, **others: Any) -> Spec:
    return AdderTreeSpec.model_validate({"operands": operands, "bits": bits, **others})


def sums(input_bits: int, length: int, **others: Any) -> Spec:
    fields = {"input_bits": input_bits, "length": length, **others}
    return AccumulatorSpec.model_validate(fields)


UNSIGNED = RequantizeSpec(input_bits=6, input_signed=False, shift=2, output_bits=4)
NEAREST = RequantizeSpec(input_bits=9, shift=3, output_bits=4)
STOCHASTIC = RequantizeSpec(
    input_bits=10, shift=4, output_bits=5, rounding=Rounding.STOCHASTIC, output_signed=False
)
TOWARD_ZERO = RequantizeSpec(input_bits=7, shift=2, output_bits=6, rounding=Rounding.TOWARD_ZERO)
TIES_UP = RequantizeSpec(input_bits=7, shift=3, output_bits=5, rounding=Rounding.NEAREST_UP)
TIES_AWAY = RequantizeSpec(input_bits=7, shift=2, output_bits=5, rounding=Rounding.NEAREST_AWAY)
WRAP = RequantizeSpec(
    input_bits=8, input_signed=False, shift=0, output_bits=5, overflow=Overflow.WRAP
)

SPECS: dict[str, tuple[Spec, ...]] = {
    "arith.adder_networks": (
        popcount(10),
        popcount(7, PopcountStyle.COMPRESSOR),
        tree(3, 2),
        tree(5, 2, signed=False),
        tree(3, 3, style="sum"),
        tree(3, 3, style="compressor"),
        tree(3, 2, pipeline=2),
    ),
    "arith.adders": (
        tree(3, 6, style="compressor", final="carry-select"),
        tree(2, 6, style="compressor"),
        tree(5, 2, signed=False),
        tree(2, 3, signed=False),
    ),
    "arith.one_hot": (
        arbiter(5, "fixed"),
        arbiter(5),
        arbiter(6, grant="index"),
        EventDedupeSpec(addresses=5),
        AerEncoderSpec(lines=5),
        AerDecoderSpec(lines=7, form=LineForm.ONE_HOT),
        arbiter(129, "fixed"),
    ),
    "arith.pipeline": (popcount(6, pipeline=3), popcount(1, pipeline=2), popcount(2)),
    "arith.carry_in": (EXACT, SIGNED, TICKS),
    "arith.selection": (
        AccumulatorBankSpec(units=1, words=(5, 2), widths=(3, 5), value_bits=4),
        TABLES,
    ),
    "arith.running_sum": (XNOR, NARROW, sums(3, 4)),
    "arith.accumulator": (
        sums(3, 4),
        sums(4, 1),
        sums(3, 3, last_flag=True),
        sums(2, 2, style="carry-save"),
        sums(3, 4, style="carry-save", segment=2),
        sums(3, 2, style="carry-save", segment=1),
        sums(3, 3, style="carry-save", last_flag=True, segment=3),
    ),
    "arith.lfsr": (STOCHASTIC,),
    "formats": (
        NEAREST,
        UNSIGNED,
        STOCHASTIC,
        TOWARD_ZERO,
        TIES_UP,
        TIES_AWAY,
        WRAP,
        NARROW,
        TAKEN_OFF,
        AT_TICKS,
    ),
}
