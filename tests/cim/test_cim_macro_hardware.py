"""The periphery as hardware: products, cycles, latency of the array, the article's registers."""

import re
from itertools import product

import numpy as np
import pytest
from support.effort import effort
from support.ideal_macro import CHIP, drawn, ideal
from support.machine import NEEDS_COMPILER

from neuroloom.flows.designs import yosys
from neuroloom.flows.simulation.bulk.simulate import simulate as simulate_bulk
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.verify import verify
from neuroloom.flows.verilog.emit import emit
from neuroloom.golden.cim.cim_macro import CimMacroSpec
from neuroloom.golden.cim.closed_loop import ClosedLoop
from neuroloom.golden.devices.adc import Flash, FlashAdc
from neuroloom.golden.devices.array import IdealArray
from neuroloom.golden.devices.rram import RramArray, RramCell
from neuroloom.golden.ports import Integers, Traffic
from neuroloom.hdl.cim.cim_macro import CimMacro
from neuroloom.hdl.ports.flat import FlatPorts
from neuroloom.verif.bench import Bench
from neuroloom.verif.simulator import Simulator, simulate


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
        rows=40,
        columns=32,
        input_bits=input_bits,
        weight_signed=weight_signed,
        input_signed=input_signed,
    )
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
            found[part, target.name] = target.count(cells)
    assert found["shift_add", "gates"]["FF"] == 16 * 11 <= 176
    assert found["accumulator", "gates"]["FF"] == 128 * 8 <= 1216
    assert found["shift_add", "ice40-hx8k"]["carry"] <= 144 + 16
    assert found["accumulator", "ice40-hx8k"]["carry"] <= 704 + 112
    unit = CHIP.shift_add.unit_inventory
    assert 16 * (unit.full_adders + unit.half_adders) == 160 <= 144 + 16
    assert 16 * CHIP.accumulators.widths[-1] == 240 <= 704 + 112
