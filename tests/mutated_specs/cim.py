"""Small specifications of compute in memory."""

from typing import Any

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
from neuroloom.golden.formats import Overflow
from neuroloom.golden.spec import Spec


def shift_add(
    bits: int,
    slices: int,
    lsb_first: bool = False,
    encoding: str = "twos-complement",
    **others: Any,
) -> Spec:
    return ShiftAddSpec(
        partial_bits=bits,
        slices=slices,
        encoding=Encoding(encoding),
        order=SliceOrder.LSB_FIRST if lsb_first else SliceOrder.MSB_FIRST,
        **others,
    )


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


def activation(function: str, input_bits: int = 6, **others: Any) -> Spec:
    fields = {"channels": 1, "bias_bits": 0, "multiplier_bits": 0, "shift": 0, "output_bits": 4}
    return ActivationSpec.model_validate(
        {**fields, "function": function, "input_bits": input_bits, **others}
    )


ROWS = rows_of(11, 3, segment=2, pipeline=3)
COUNTED = rows_of(17, 5, segment=2, style=SelectStyle.DIRECT)
PLANES = rows_of(4, 5, input_bits=3, order=PlaneOrder.LSB_FIRST, tag_bits=1)
SKIPPED = rows_of(6, 2, input_bits=3, skip_empty_planes=True, tag_bits=2)

AND_CELLS = digital_cim(3, 2, 2, 4)
UNSIGNED_CELLS = digital_cim(2, 1, 2, 2, weight_signed=False, pipeline=1)
XNOR_CELLS = digital_cim(3, 2, 1, 1, cell="xnor", weight_signed=False, input_signed=False)
ONE_CELL = digital_cim(1, 1, 2, 1)

SPECS: dict[str, tuple[Spec, ...]] = {
    "cim.accumulator_bank": (
        AccumulatorBankSpec(units=2, words=(5, 3, 1), widths=(2, 3, 5), value_bits=3),
        AccumulatorBankSpec(
            units=1,
            words=(3, 2),
            widths=(3, 5),
            value_bits=4,
            signed=False,
            overflow=Overflow.SATURATE,
        ),
        AccumulatorBankSpec(units=1, words=(2,), widths=(4,), value_bits=2),
    ),
    "cim.activation": (
        activation(
            "none",
            channels=3,
            bias_bits=3,
            multiplier_bits=3,
            shift=1,
            shift_bits=2,
            output_signed=True,
        ),
        activation(
            "none",
            bias_bits=3,
            multiplier_bits=3,
            shift_bits=2,
            multiplier_signed=True,
            output_bits=9,
            output_signed=True,
        ),
        activation("relu", zero_point=8),
        activation(
            "leaky-relu",
            channels=2,
            bias_bits=3,
            multiplier_bits=2,
            slope_shift=2,
            biases=(3, -2),
            multipliers=(2, 3),
            output_signed=True,
        ),
        activation("clipped-relu", ceiling=9, zero_point=-8, output_signed=True),
        activation("clipped-relu", input_signed=False, ceiling=5, zero_point=2, scaled_bits=3),
        activation(
            "piecewise",
            slope_shift=2,
            breakpoints=(-12, 11),
            slopes=(0, 3, 1),
            offsets=(-40, 4, 30),
            output_signed=True,
            output_bits=6,
        ),
        activation(
            "piecewise",
            slope_shift=2,
            breakpoints=(-12, 11),
            slopes=(3, 5, -1),
            offsets=(-10, 14, 70),
            output_signed=True,
            output_bits=6,
        ),
    ),
    "cim.adc_post": (
        adc_post(Converter.FLASH, bubbles=Bubbles.MAJORITY),
        adc_post(Converter.FLASH),
        adc_post(Converter.FLASH, code_bits=2, bubbles=Bubbles.ONES_COUNT),
        adc_post(Converter.SAR, columns=3, offset_bits=3, output_bits=3, zero_point=2),
        adc_post(
            Converter.SAR,
            columns=2,
            sar_weights=(3, 2, 2, 1),
            code_bits=4,
            table_bits=4,
            gain_bits=3,
            gain_shift=1,
        ),
        adc_post(Converter.BINARY, code_bits=2, columns=3, table_bits=3, offset_bits=3),
    ),
    "cim.cim_column": (AND_CELLS, XNOR_CELLS),
    "cim.digital_cim": (AND_CELLS, UNSIGNED_CELLS, XNOR_CELLS, ONE_CELL),
    "cim.plane_sum": (AND_CELLS, UNSIGNED_CELLS, ONE_CELL),
    "cim.word_lines": (AND_CELLS, ONE_CELL),
    "cim.cim_macro": (
        cim(4, 5, 2, (1, 2), columns_per_adc=4, input_bits=2, input_signed=True, reads_in_flight=2),
        cim(
            2,
            2,
            3,
            (1,),
            columns_per_adc=2,
            input_bits=2,
            input_signed=True,
            weight_signed=False,
            converter="binary",
            overflow="saturate",
        ),
        cim(3, 4, 1, (1, 3), columns_per_adc=4, weight_signed=False),
        cim(1, 1, 1, (1,)),
    ),
    "cim.multi_threshold": (
        MultiThresholdSpec(input_bits=4, output_bits=3),
        MultiThresholdSpec(output_bits=1),
        MultiThresholdSpec(input_bits=3, output_bits=2, signed=False),
        MultiThresholdSpec(input_bits=3, output_bits=2, channels=3),
        MultiThresholdSpec(
            input_bits=3, output_bits=2, channels=2, thresholds=((-2, 0, 3), (-3, 1, 2))
        ),
        MultiThresholdSpec(input_bits=3, output_bits=2, thresholds=((-2, 0, 3),)),
    ),
    "cim.shift_add": (
        shift_add(3, 4),
        shift_add(3, 4, step=2, lanes=2),
        shift_add(3, 3, lsb_first=True),
        shift_add(2, 6, encoding="sign-magnitude", lanes=3, reconfigurable=True),
        shift_add(3, 3, encoding="offset-binary", step=2, ones_bits=3),
        shift_add(3, 2, encoding="offset-binary", fixed_ones=5, lsb_first=True),
        shift_add(3, 3, lsb_first=True, reconfigurable=True),
        shift_add(3, 3, lsb_first=True, partial_signed=True, reconfigurable=True),
        shift_add(3, 3, encoding="unsigned", lsb_first=True, reconfigurable=True),
        shift_add(3, 5, lanes=5, partial_signed=True),
    ),
    "slices": (ROWS, PLANES),
    "cim.zero_skip": (ROWS, COUNTED, PLANES, SKIPPED, rows_of(3, 1, input_bits=3)),
    "cim.row_groups": (ROWS, COUNTED, rows_of(23, 9, segment=2)),
}
