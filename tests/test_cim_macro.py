"""The macro's periphery: exact products with an ideal array, any codes, cycles, the article's
registers and adders.
"""

import itertools
import re
import shutil
from itertools import product

import numpy as np
import pytest
from effort import effort

from neuroloom.flows.catalogue import macros
from neuroloom.flows.errors import UsageError
from neuroloom.flows.simulation.bulk.simulate import simulate as simulate_bulk
from neuroloom.flows.specification import validate
from neuroloom.flows.synthesis import yosys
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.verify import verify
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.cim.cim_macro import CimMacroSpec
from neuroloom.golden.cim.closed_loop import ClosedLoop
from neuroloom.golden.cim.column_map import ColumnMap
from neuroloom.golden.cim.converters import Bubbles, Converter
from neuroloom.golden.devices.adc import Flash, FlashAdc, Sar, SarAdc
from neuroloom.golden.devices.array import IdealArray
from neuroloom.golden.devices.rram import RramArray, RramCell
from neuroloom.golden.formats import IntegerFormat, Overflow
from neuroloom.golden.ports import Integers, Traffic
from neuroloom.hdl.cim.cim_macro import CimMacro
from neuroloom.hdl.component import FlatPorts
from neuroloom.verif.bench import Bench
from neuroloom.verif.cim.cim_macro import CimMacroStimulus
from neuroloom.verif.simulator import Simulator, simulate

CHIP = CimMacroSpec()
NEEDS_COMPILER = pytest.mark.skipif(shutil.which("g++") is None, reason="there is no C++ compiler")
SIGNS = list(itertools.product([False, True], repeat=2))


def drawn(rng: np.random.Generator, bits: int, signed: bool, shape: tuple[int, int]) -> Integers:
    """Integers of the whole range, its ends among them."""
    fmt = IntegerFormat(bits=bits, signed=signed)
    values = rng.integers(fmt.minimum, fmt.maximum + 1, shape)
    values[0], values[-1] = fmt.minimum, fmt.maximum
    return values


def ideal(spec: CimMacroSpec, weights: Integers, precision: int) -> ClosedLoop:
    return ClosedLoop(spec, IdealArray(spec.column_map.cells(weights, precision)))


@pytest.mark.parametrize("input_bits", range(1, 9))
@pytest.mark.parametrize(("weight_signed", "input_signed"), SIGNS)
def test_an_ideal_array_gives_the_exact_products(
    weight_signed: bool, input_signed: bool, input_bits: int
) -> None:
    spec = CimMacroSpec(
        rows=30, columns=24, input_bits=input_bits, weight_signed=weight_signed,
        input_signed=input_signed,
    )  # fmt: skip
    rng = np.random.default_rng(input_bits)
    for precision, bits in enumerate(spec.weight_bits):
        shape = (spec.rows, spec.column_map.outputs[precision])
        inputs = drawn(rng, input_bits, input_signed, (5, spec.rows))
        for weights in (
            drawn(rng, bits, weight_signed, shape),
            *(np.full(shape, end) for end in drawn(rng, bits, weight_signed, (2, 1))[:, 0]),
        ):
            got = ideal(spec, weights, precision).products(inputs, precision)
            assert (got == inputs @ weights).all(), bits


def test_the_whole_chip_gives_the_exact_products() -> None:
    rng = np.random.default_rng(1)
    for precision, bits in enumerate(CHIP.weight_bits):
        weights = drawn(rng, bits, True, (128, CHIP.column_map.outputs[precision]))
        inputs = drawn(rng, 1, False, (4, 128))
        got = ideal(CHIP, weights, precision).products(inputs, precision)
        assert (got == inputs @ weights).all(), bits
    assert CHIP.column_map.outputs == (128, 64, 32, 16)
    assert CHIP.accumulators.widths == (8, 9, 11, 15)


def plain(spec: CimMacroSpec, sent: Traffic) -> tuple[list[object], list[object]]:
    """Reads and sums by walking over rows, columns and words, in plain integers."""
    reads: list[object] = []
    sums: list[object] = []
    (codes,) = sent["codes"].values()
    answers = iter(codes.tolist())
    values = sent["vector"]["values"].tolist()
    precisions = sent["vector"].get("precision", np.zeros(len(values), int)).tolist()
    for vector, precision in zip(values, precisions, strict=True):
        bits, position = spec.weight_bits[precision], min(spec.columns, spec.columns_per_adc)
        words = [[0] * spec.adcs for _ in range(position // bits)]
        fmt = spec.accumulators.word_format(precision)
        for plane in reversed(range(spec.input_bits)):
            ones = [row for row, value in enumerate(vector) if value >> plane & 1]
            sign = -1 if spec.input_signed and plane == spec.input_bits - 1 else 1
            groups = [ones[at : at + spec.group] for at in range(0, len(ones), spec.group)]
            for nth, group in enumerate(groups or [[]]):
                for index, word in enumerate(words):
                    value = [0] * spec.adcs
                    for k in range(bits if group else 0):
                        column = index * bits + k
                        reads.append(([int(row in group) for row in range(spec.rows)], column))
                        weight = (1 << (bits - 1 - k)) * (-1 if not k and spec.weight_signed else 1)
                        for adc, code in enumerate(binary(spec, next(answers))):
                            value[adc] += weight * code
                    for adc in range(spec.adcs):
                        columns = min(position, spec.columns - adc * spec.columns_per_adc)
                        if index >= columns // bits:
                            value[adc] = 0
                        first = nth == 0 and plane < spec.input_bits - 1
                        exact = word[adc] * (2 if first else 1) + sign * value[adc]
                        word[adc] = fitted(exact, fmt)
        sums += [(word, int(index == len(words) - 1)) for index, word in enumerate(words)]
    assert next(answers, None) is None
    return reads, sums


def fitted(exact: int, fmt: IntegerFormat) -> int:
    if fmt.overflow is Overflow.SATURATE:
        return max(fmt.minimum, min(fmt.maximum, exact))
    return (exact - fmt.minimum) % (1 << fmt.bits) + fmt.minimum


def binary(spec: CimMacroSpec, token: list[int]) -> list[int]:
    """The codes of all converters."""
    if spec.converter is Converter.BINARY:
        return token
    return [thermometer(spec, token[at : at + spec.levels])
            for at in range(0, len(token), spec.levels)]  # fmt: skip


def thermometer(spec: CimMacroSpec, levels: list[int]) -> int:
    if spec.bubbles is Bubbles.ONES_COUNT:
        return sum(levels)
    if spec.bubbles is Bubbles.MAJORITY:
        framed = [1, *levels, 0]
        levels = [int(sum(framed[at : at + 3]) >= 2) for at in range(len(levels))]
    code = 0
    for at, level in enumerate(levels):
        if level and not (at + 1 < len(levels) and levels[at + 1]):
            code |= at + 1
    return code


@pytest.mark.parametrize("seed", range(25))
def test_any_codes_give_what_a_walk_over_them_gives(seed: int) -> None:
    rng = np.random.default_rng(seed)
    spec = CimMacroStimulus.random_spec(rng)
    stimulus = CimMacroStimulus(spec)
    for sent in (stimulus.corners(), stimulus.random(rng, 12)):
        given = spec.model().run(sent)
        reads, sums = plain(spec, sent)
        tokens = given["reads"]
        shown = f"seed {seed}: {spec.model_dump_json()}"
        every = zip(tokens["rows"].tolist(), tokens["column"].tolist(), strict=True)
        assert list(every) == reads, shown
        found = zip(given["sums"]["values"].tolist(), given["sums"]["last"].tolist(), strict=True)
        assert list(found) == sums, shown


def test_codes_must_answer_the_reads() -> None:
    sent = CimMacroStimulus(CHIP).random(np.random.default_rng(1), 3)
    short = {"levels": sent["codes"]["levels"][:-1]}
    with pytest.raises(ValueError, match=r"3 vectors make (\d+) reads; there are \d+ codes"):
        CHIP.model().run({**sent, "codes": short})
    with pytest.raises(UsageError, match=r"'codes' has \d+ tokens; the 3 vectors take \d+"):
        simulate_bulk(CHIP, {**sent, "codes": short})
    none = CHIP.model().run({"vector": {"values": np.zeros((0, 128), int)}})
    assert [len(tokens) for tokens in none["sums"].values()] == [0, 0]
    vector = {"values": np.zeros((1, 4), int), "precision": np.array([3])}
    spec = CimMacroSpec(rows=4, weight_bits=(1, 2, 4))
    with pytest.raises(ValueError, match="no precision 3: weight_bits has 3"):
        spec.model().run({"vector": vector})


def test_columns_hold_weights_as_stated() -> None:
    columns = ColumnMap(columns=37, columns_per_adc=8, weight_bits=(1, 3, 8), signed=True)
    assert (columns.adcs, columns.words, columns.last_words) == (5, (8, 2, 1), (5, 1, 0))
    assert (columns.steps, columns.outputs) == ((8, 6, 8), (37, 9, 4))
    assert columns.first_column(1).tolist() == [0, 3, 8, 11, 16, 19, 24, 27, 32]
    weights = np.array([[1, -4, 3, 0, 0, 0, 0, 0, -1]])
    cells = columns.cells(weights, 1)[0]
    assert cells[:11].tolist() == [0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 1]
    assert (cells[11:32].any(), cells[32:].tolist()) == (False, [1, 1, 1, 0, 0])
    narrow = ColumnMap(columns=9, columns_per_adc=8, weight_bits=(2,))
    assert (narrow.adcs, narrow.outputs) == (1, (4,))
    with pytest.raises(ValueError, match=r"the shape \(rows, 9\) at 3 bits, not \(1, 8\)"):
        columns.cells(weights[:, :8], 1)
    with pytest.raises(ValueError, match="weights of 3 bits hold -4 to 3, not -4 to 4"):
        columns.cells(np.where(weights == 3, 4, weights), 1)


def test_loops_that_do_not_fit() -> None:
    spec = CimMacroSpec(rows=4, columns=8)
    with pytest.raises(ValueError, match="the array has 8 rows and 4 columns, not 4 and 8"):
        ClosedLoop(spec, IdealArray(np.zeros((8, 4))))
    array = IdealArray(np.ones((4, 8)))
    with pytest.raises(ValueError, match="2 converters, not 1"):
        ClosedLoop(spec, array, [FlashAdc()] * 2)
    loop = ClosedLoop(spec, array, [SarAdc()])
    with pytest.raises(ValueError, match="needs a FlashAdc"):
        loop.products(np.ones((1, 4), int))


def test_whole_codes_of_a_successive_approximation() -> None:
    spec = CimMacroSpec(rows=20, columns=8, group=5, converter=Converter.BINARY, input_bits=4)
    rng = np.random.default_rng(2)
    weights, inputs = drawn(rng, 4, True, (20, 2)), drawn(rng, 4, False, (6, 20))
    array = IdealArray(spec.column_map.cells(weights, 2))
    loop = ClosedLoop(spec, array, [SarAdc(Sar(bits=3))])
    assert (loop.products(inputs, 2) == inputs @ weights).all()


def noisy(spec: CimMacroSpec, weights: Integers, precision: int) -> ClosedLoop:
    cell = RramCell(deviation=0.1, read_noise=0.05, ir_drop=0.01)
    array = RramArray(spec.column_map.cells(weights, precision), cell, seed=3)
    flash = Flash(comparators=spec.levels, offset=0.1, noise=0.1)
    return ClosedLoop(spec, array, [FlashAdc(flash, seed) for seed in range(spec.adcs)])


@pytest.mark.flow
@NEEDS_COMPILER
@pytest.mark.parametrize(
    ("weight_signed", "input_signed", "input_bits"),
    effort(
        [(True, False, 1), (True, True, 8), (False, True, 3)],
        [*product((False, True), (False, True), range(1, 9))],
    ),
)
def test_the_hardware_gives_the_exact_products(
    weight_signed: bool, input_signed: bool, input_bits: int
) -> None:
    spec = CimMacroSpec(
        rows=40, columns=32, input_bits=input_bits, weight_signed=weight_signed,
        input_signed=input_signed,
    )  # fmt: skip
    rng = np.random.default_rng(1)
    for precision, bits in enumerate(spec.weight_bits):
        outputs = spec.column_map.outputs[precision]
        weights = drawn(rng, bits, weight_signed, (spec.rows, outputs))
        inputs = drawn(rng, input_bits, input_signed, (6, spec.rows))
        vectors = {"values": inputs, "precision": np.full(len(inputs), precision)}
        done = simulate_bulk(spec, ideal(spec, weights, precision).traffic(vectors))
        assert (done.report.passed, done.report.contract) == (True, True), done.report.message
        words = done.outputs["sums"]["values"].reshape(len(inputs), -1, spec.adcs)
        assert (spec.column_map.in_order(words, precision) == inputs @ weights).all()
        done = simulate_bulk(spec, noisy(spec, weights, precision).traffic(vectors))
        assert done.report.passed, done.report.message


def vectors_of(sparsity: int, number: int) -> Integers:
    rng = np.random.default_rng(sparsity)
    ones = np.arange(128) < 128 * (100 - sparsity) // 100
    return np.array([rng.permutation(ones) for _ in range(number)], np.int64)


@pytest.mark.flow
@NEEDS_COMPILER
@pytest.mark.parametrize(("sparsity", "groups"), [(0, 19), (50, 10), (90, 2), (100, 0)])
def test_reads_and_cycles_are_those_of_the_ones(sparsity: int, groups: int) -> None:
    number = 20
    rng = np.random.default_rng(1)
    vectors = {"values": vectors_of(sparsity, number), "precision": rng.integers(0, 4, number)}
    loop = ideal(CHIP, rng.integers(-1, 1, (128, 128)), 0)
    report = simulate_bulk(CHIP, loop.traffic(vectors)).report
    assert (report.passed, report.contract) == (True, True), report.message
    assert report.tokens["reads"] == number * groups * 8
    assert report.cycles == number * max(1, groups) * 8 + 3


def run_with_latency(spec: CimMacroSpec, traffic: Traffic, latency: int) -> tuple[list[int], int]:
    """Cycles in which reads were handed over, each answered ``latency`` cycles later; sums that
    were right.
    """
    expected = spec.output_streams[1].pack(spec.model().run(traffic)["sums"])
    answers = spec.input_streams[1].pack(traffic["codes"])
    bench_words = spec.input_streams[0].pack(traffic["vector"])
    handed: list[int] = []
    sums: list[tuple[int, ...]] = []

    async def array(sim: Simulator) -> None:
        await Bench(spec, sim, 1).reset()
        sim.set("reads_ready", 1)
        sim.set("sums_ready", 1)
        given = sent = cycle = 0
        while len(sums) < len(expected):
            due = given < len(handed) and handed[given] + latency <= cycle
            sim.set("codes_valid", due)
            if due:
                sim.set("codes_levels", answers[given][0])
            sim.set("vector_valid", sent < len(bench_words))
            if sent < len(bench_words):
                for field, word in zip(
                    spec.input_streams[0].fields, bench_words[sent], strict=True
                ):
                    sim.set(f"vector_{field.name}", word)
            await sim.settle()
            if sim.get("reads_valid"):
                handed.append(cycle)
            given += due and bool(sim.get("codes_ready"))
            sent += sent < len(bench_words) and bool(sim.get("vector_ready"))
            if sim.get("sums_valid"):
                sums.append((sim.get("sums_values") or 0, sim.get("sums_last") or 0))
            await sim.tick()
            cycle += 1
            assert cycle < 5000

    simulate(FlatPorts(CimMacro(spec)), array)
    return handed, sum(got == right for got, right in zip(sums, expected, strict=True))


@pytest.mark.parametrize(("latency", "period"), [(1, 1), (3, 1), (4, None), (9, None)])
def test_an_array_with_latency_is_read_in_every_cycle(latency: int, period: int | None) -> None:
    spec = CimMacroSpec(rows=9, columns=8, group=2, columns_per_adc=4, weight_bits=(1, 2, 4))
    assert spec.reads_in_flight == 4
    rng = np.random.default_rng(latency)
    vectors = {"values": rng.integers(0, 2, (12, 9)), "precision": rng.integers(0, 3, 12)}
    vectors["values"][:, 0] = 1  # every vector is read
    traffic = ideal(spec, rng.integers(-1, 1, (9, 8)), 0).traffic(vectors)
    handed, right = run_with_latency(spec, traffic, latency)
    number = int(spec.consumption(traffic)["codes"].sum())
    assert (len(handed), right) == (number, len(spec.model().run(traffic)["sums"]["last"]))
    in_flight = max(
        sum(begin <= cycle < begin + latency for begin in handed) for cycle in range(handed[-1])
    )
    if period is None:
        assert in_flight == spec.reads_in_flight
        assert handed[-1] - handed[0] > number - 1
    else:
        assert handed == list(range(handed[0], handed[0] + number))


@pytest.mark.flow
@pytest.mark.parametrize(
    "spec", [CimMacroSpec(rows=1, columns=1, weight_bits=(1,)), CHIP], ids=["1x1", "chip"]
)
def test_the_smallest_and_the_chip_equal_their_model(spec: CimMacroSpec) -> None:
    done = verify(spec, seeds=(1,), operations=10)
    assert done.passed, done.outcomes[0].message


@pytest.mark.flow
def test_a_large_array_of_odd_sizes() -> None:
    spec = CimMacroSpec(rows=1000, columns=37)
    assert spec.column_map.outputs == (37, 18, 9, 4)
    rng = np.random.default_rng(5)
    inputs = (rng.random((4, 1000)) < 0.05).astype(np.int64)
    vectors = {"values": inputs, "precision": np.arange(4)}
    cells = rng.integers(0, 2, (1000, 37))
    traffic = ClosedLoop(spec, IdealArray(cells)).traffic(vectors)
    given = spec.model().run(traffic)["sums"]["values"]
    ends = np.cumsum(spec.column_map.words)
    for precision, words in enumerate(np.split(given, ends[:-1])):
        bits = spec.weight_bits[precision]
        places = spec.column_map.first_column(precision)[:, np.newaxis] + np.arange(bits)
        slices = 1 << np.arange(bits)[::-1]
        slices[0] *= -1
        expected = inputs[precision] @ (cells[:, places] @ slices)
        assert (spec.column_map.in_order(words, precision) == expected).all()

    async def replay(sim: Simulator) -> None:
        bench = Bench(spec, sim, 1)
        await bench.reset()
        await bench.replay(traffic)

    simulate(FlatPorts(CimMacro(spec)), replay)


@pytest.mark.flow
def test_the_chip_has_no_more_registers_and_adders_than_the_article() -> None:
    emitted = emit(CHIP)
    found = {}
    for part in ("shift_add", "accumulator"):
        (name,) = re.findall(rf"^module (\w+_{part})\b", emitted.verilog, re.MULTILINE)
        for target in (TARGETS["gates"], TARGETS["ice40-hx8k"]):
            cells = yosys.synthesize(emitted.verilog, name, target.script).cells
            found[part, target.name] = yosys.resources(cells, target)
    assert found["shift_add", "gates"]["FF"] == 16 * 11 <= 176
    assert found["accumulator", "gates"]["FF"] == 128 * 8 <= 1216
    assert found["shift_add", "ice40-hx8k"]["carry"] <= 144 + 16
    assert found["accumulator", "ice40-hx8k"]["carry"] <= 704 + 112
    unit = CHIP.shift_add.unit_inventory
    assert 16 * (unit.full_adders + unit.half_adders) == 160 <= 144 + 16
    assert 16 * CHIP.accumulators.widths[-1] == 240 <= 704 + 112


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"rows": 4096, "input_bits": 9}, "a vector of 36864 bits; it has at most 32768"),
        ({"converter": "sar"}, "take binary, with whole codes"),
        ({"converter": "binary", "bubbles": "majority"}, "bubbles=majority goes with conv"),
        ({"style": "direct", "pipeline": 1}, "pipeline=1 goes with style=marked"),
        ({"overflow": "error"}, "choose wrap or saturate"),
        ({"weight_bits": []}, "one width or more"),
        ({"weight_bits": [0, 1]}, "from 1 bit on and rising"),
        ({"weight_bits": [2, 2]}, "from 1 bit on and rising"),
        ({"weight_bits": [9]}, "a weight of 9 bits does not fit in the 8 columns"),
        ({"columns": 7}, "a weight of 8 bits does not fit in the 7 columns"),
        ({"columns_per_adc": 64, "weight_bits": [30]}, "30 bits is too wide: at most 29"),
        ({"input_bits": 16, "guard_bits": 2}, "an accumulator would have 33 bits, the most is 32"),
    ],
)
def test_fields_that_contradict_each_other(fields: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=f"cim_macro: .*{message}"):
        validate(macros()["cim_macro"], fields)


def test_fields_that_just_agree() -> None:
    macro = macros()["cim_macro"]
    validate(macro, {"rows": 4096, "input_bits": 8, "weight_bits": [1]})
    validate(macro, {"columns": 8})
    validate(macro, {"columns_per_adc": 64, "weight_bits": [20], "rows": 16})
    validate(macro, {"input_bits": 16, "guard_bits": 1})
