"""Shift-and-add: dot products from slices and planes, exact widths, the article's unit."""

import itertools
from collections.abc import Iterator

import numpy as np
import pytest

from neuroloom.flows.macros.catalogue import macros
from neuroloom.flows.macros.specification import validate
from neuroloom.flows.synthesis.synthesize import synthesize_macro
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.cim.shift_add import ShiftAddSpec
from neuroloom.golden.cim.slices import Encoding, SliceOrder
from neuroloom.golden.ports import Integers

ROWS = 7
ICE40, GATES = TARGETS["ice40-hx8k"], TARGETS["gates"]
ORDERS = pytest.mark.parametrize("order", SliceOrder)


def serial(values: Integers, order: SliceOrder) -> Integers:
    """Slices (…, k), k = 0 least significant, in the order of the tokens."""
    return values[..., ::-1] if order is SliceOrder.MSB_FIRST else values


def sums(spec: ShiftAddSpec, codes: Integers, **others: Integers) -> Integers:
    """The results for codes (sums, slices), least significant first."""
    slices = codes.shape[1]
    ordered = serial(codes.reshape(len(codes), -1, spec.lanes).swapaxes(1, 2), spec.order)
    tokens: dict[str, Integers] = {"codes": ordered.swapaxes(1, 2).reshape(-1, spec.lanes)}
    for name, values in others.items():
        if values.ndim == 2:
            each = serial(values.reshape(len(values), -1, spec.lanes).swapaxes(1, 2), spec.order)
            tokens[name] = each.swapaxes(1, 2).reshape(-1, spec.lanes)
        else:
            tokens[name] = np.repeat(values, slices // spec.lanes)
    if spec.reconfigurable:
        number = slices // spec.lanes
        tokens["last"] = np.tile(np.arange(number) == number - 1, len(codes)).astype(np.int64)
    got = spec.model().run({"partials": tokens})["sums"]
    return got["value"][got["complete"] == 1] if spec.reconfigurable else got["value"]


def slices_of(values: Integers, number: int, step: int = 1) -> Integers:
    return values[..., np.newaxis] >> (step * np.arange(number)) & ((1 << step) - 1)


@ORDERS
@pytest.mark.parametrize("reconfigurable", [False, True])
@pytest.mark.parametrize("precision", [1, 2, 4, 8])
@pytest.mark.parametrize("encoding", [Encoding.UNSIGNED, Encoding.TWOS_COMPLEMENT])
def test_columns_of_a_group_make_a_dot_product(
    order: SliceOrder, reconfigurable: bool, precision: int, encoding: Encoding
) -> None:
    rng = np.random.default_rng(precision)
    signed = encoding is Encoding.TWOS_COMPLEMENT
    low, high = (-(1 << precision - 1), 1 << precision - 1) if signed else (0, 1 << precision)
    weights = rng.integers(low, high, (300, ROWS))
    inputs = rng.integers(0, 2, (300, ROWS))
    cells = slices_of(weights, precision)
    codes = np.einsum("brk,br->bk", cells, inputs)
    spec = ShiftAddSpec(
        slices=8 if reconfigurable else precision,
        order=order,
        encoding=encoding,
        reconfigurable=reconfigurable,
    )
    assert (sums(spec, codes) == (weights * inputs).sum(axis=1)).all()


@ORDERS
@pytest.mark.parametrize("fixed", [False, True])
@pytest.mark.parametrize(("precision", "step"), [(1, 1), (4, 1), (8, 1), (8, 2), (6, 3)])
def test_offset_binary_takes_its_offset_off(
    order: SliceOrder, fixed: bool, precision: int, step: int
) -> None:
    rng = np.random.default_rng(precision)
    half = 1 << precision - 1
    weights = rng.integers(-half, half, (300, ROWS))
    inputs = rng.integers(0, 2, (300, ROWS))
    if fixed:
        inputs[:] = [1, 0, 1, 1, 0, 0, 1]
    codes = np.einsum("brk,br->bk", slices_of(weights + half, precision // step, step), inputs)
    spec = ShiftAddSpec(
        partial_bits=6,
        slices=precision // step,
        step=step,
        order=order,
        encoding=Encoding.OFFSET_BINARY,
        fixed_ones=4 if fixed else None,
    )
    others = {} if fixed else {"ones": inputs.sum(axis=1)}
    assert (sums(spec, codes, **others) == (weights * inputs).sum(axis=1)).all()


@ORDERS
@pytest.mark.parametrize("lanes", [1, 2, 4])
def test_pairs_of_columns_carry_signs_of_their_own(order: SliceOrder, lanes: int) -> None:
    rng = np.random.default_rng(lanes)
    weights = rng.integers(-15, 16, (300, ROWS))
    inputs = rng.integers(0, 2, (300, ROWS))
    signed_cells = np.sign(weights)[..., np.newaxis] * slices_of(np.abs(weights), 4)
    read = np.einsum("brk,br->bk", signed_cells, inputs)
    spec = ShiftAddSpec(slices=4, lanes=lanes, order=order, encoding=Encoding.SIGN_MAGNITUDE)
    got = sums(spec, np.abs(read), negative=(read < 0).astype(np.int64))
    assert (got == (weights * inputs).sum(axis=1)).all()


@ORDERS
@pytest.mark.parametrize("lanes", [1, 3])
@pytest.mark.parametrize("input_bits", [3, 6])
def test_two_in_a_row_multiply_signed_inputs_by_signed_weights(
    order: SliceOrder, lanes: int, input_bits: int
) -> None:
    rng = np.random.default_rng(input_bits)
    half = 1 << input_bits - 1
    weights, inputs = rng.integers(-128, 128, (99, ROWS)), rng.integers(-half, half, (99, ROWS))
    codes = np.einsum("brk,brp->bpk", slices_of(weights, 8), slices_of(inputs, input_bits))
    columns = ShiftAddSpec(order=order)
    planes = ShiftAddSpec(
        partial_bits=columns.sum_format.bits,
        partial_signed=True,
        slices=input_bits,
        lanes=lanes,
        order=order,
    )
    plane_sums = sums(columns, codes.reshape(-1, 8)).reshape(-1, input_bits)
    assert (sums(planes, plane_sums) == (weights * inputs).sum(axis=1)).all()


def small_specs() -> Iterator[ShiftAddSpec]:
    for encoding, signed, order in itertools.product(Encoding, [False, True], SliceOrder):
        if not (signed and encoding is Encoding.SIGN_MAGNITUDE):
            for step, bits, slices in [(1, 2, 1), (1, 2, 3), (2, 2, 2), (2, 3, 2)]:
                yield ShiftAddSpec(
                    partial_bits=bits,
                    partial_signed=signed,
                    slices=slices,
                    step=step,
                    order=order,
                    encoding=encoding,
                    ones_bits=2,
                )


@pytest.mark.parametrize("spec", list(small_specs()), ids=lambda spec: spec.model_dump_json()[:90])
def test_the_sum_is_as_wide_as_its_range(spec: ShiftAddSpec) -> None:
    fmt = spec.partial_format
    choices = np.arange(fmt.minimum, fmt.maximum + 1)
    codes = np.array(list(itertools.product(choices, repeat=spec.slices)))
    found = []
    for word in range(4):  # signs one way and the other, every count of ones
        others = {"ones": np.full(len(codes), word)} if spec.counted else {}
        if spec.encoding is Encoding.SIGN_MAGNITUDE:
            others = {"negative": np.full_like(codes, word & 1)}
        found.append(sums(spec, codes, **others))
    values = np.concatenate(found)
    assert (values.min(), values.max()) == spec.range
    total = spec.sum_format
    assert total.minimum <= values.min() and values.max() <= total.maximum
    half = total.model_copy(update={"bits": total.bits - 1})
    assert total.bits == 1 or values.min() < half.minimum or values.max() > half.maximum


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"slices": 8, "lanes": 3}, "lanes=3 does not divide the 8 slices"),
        ({"partial_bits": 2, "step": 3}, "step=3 is more than partial_bits=2"),
        ({"partial_bits": 1, "partial_signed": True}, "partial_bits of 2 or more"),
        ({"encoding": "sign-magnitude", "partial_signed": True}, "goes with partial_signed=false"),
        ({"fixed_ones": 3}, "fixed_ones goes with encoding=offset-binary"),
        ({"fixed_ones": 8, "encoding": "offset-binary"}, "fixed_ones=8 .* give at most 7"),
        ({"slices": 60}, "the sum has 63 bits, the most is 62"),
    ],
)
def test_fields_that_contradict_each_other(fields: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=f"shift_add: .*{message}"):
        validate(macros()["shift_add"], fields)


def test_fields_that_just_agree() -> None:
    macro = macros()["shift_add"]
    validate(macro, {"fixed_ones": 7, "encoding": "offset-binary"})
    validate(macro, {"slices": 59})
    validate(macro, {"partial_bits": 2, "partial_signed": True, "step": 2})


def test_a_sum_with_too_many_slices_is_refused() -> None:
    model = ShiftAddSpec(slices=2, reconfigurable=True).model()
    tokens = {"codes": np.ones((2, 1), int), "last": np.zeros(2, int)}
    assert model.run({"partials": tokens})["sums"]["complete"].tolist() == [0, 0]
    with pytest.raises(ValueError, match="at most 2 tokens, not 3"):
        model.run({"partials": {name: values[:1] for name, values in tokens.items()}})


@pytest.mark.flow
@ORDERS
@pytest.mark.parametrize("encoding", [Encoding.UNSIGNED, Encoding.TWOS_COMPLEMENT])
def test_fourteen_bits_over_eight_planes_beat_the_best_open_rtl(
    order: SliceOrder, encoding: Encoding
) -> None:
    spec = ShiftAddSpec(partial_bits=14, order=order, encoding=encoding)
    assert spec.sum_format.bits == 22
    ice40 = synthesize_macro(spec, [ICE40]).targets[0]
    assert ice40.resources["LUT4"] < 98
    assert ice40.resources["carry"] <= 22
    assert ice40.timing is not None
    assert ice40.timing.seeds == 5
    assert ice40.timing.median_mhz >= 137


@pytest.mark.flow
def test_the_unit_of_the_article_has_its_registers_and_adders() -> None:
    unit = ShiftAddSpec(partial_bits=3, slices=8, reconfigurable=True)
    assert unit.sum_format.bits == 11
    inventory = unit.inventory
    ice40, gates = synthesize_macro(unit, [ICE40, GATES], seeds=(1,)).targets
    handshake = 2  # valid, complete
    assert gates.resources["FF"] - handshake == 11
    assert 16 * (gates.resources["FF"] - handshake) <= 176
    assert inventory.full_adders + inventory.half_adders == 10
    assert 16 * ice40.resources["carry"] <= 144 + 16
