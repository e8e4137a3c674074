"""The macro of Lu et al. 2021 rebuilt: counts, sums, a network on the macro, the command."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.cim_parts import PARTS
from support.command_line import run
from support.machine import NEEDS_COMPILER

from neuroloom.flows.reports.figures import measured
from neuroloom.flows.reports.published import PublishedRow, PublishedTable
from neuroloom.flows.reproduce.cim_macro import network as cim_network
from neuroloom.flows.reproduce.cim_macro import rebuild as cim_macro
from neuroloom.flows.reproduce.cim_macro import runs
from neuroloom.flows.reproduce.cim_macro.printed import ACCUMULATOR, CONTROL, SHIFT_ADD
from neuroloom.flows.reproduce.cim_macro.runs import workload
from neuroloom.flows.reproduce.counts import count_parts
from neuroloom.flows.reproduce.parts import Parts, instance_path, measure_parts
from neuroloom.flows.synthesis.synthesize import synthesize_macro
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.tools.errors import VerificationFailed
from neuroloom.flows.training.quantized import QuantizedLayer, QuantizedNetwork
from neuroloom.golden.cim.cim_macro import CimMacroSpec
from neuroloom.golden.devices.array import IdealArray
from neuroloom.golden.devices.rram import RramArray, RramCell

SMALL = CimMacroSpec(rows=9, columns=6, group=3, adc_bits=2, columns_per_adc=3, weight_bits=(1, 3))


def test_spread_over_arrays_and_wrong_sums_of_the_first_layer() -> None:
    labels = np.array([1, 0])
    right = np.array([[0, 1], [1, 0]])

    def found(scores: np.ndarray, first: int, second: int) -> cim_network.Inference:
        products = (np.array([[first, 0], [0, 0]]), np.array([[second]]))
        return cim_network.Inference(products, scores, cycles=20)

    ideal = found(right, 0, 0)
    row = cim_network._row("x", [found(right, 7, 7), found(right[::-1], 0, 7)], ideal, labels)
    # one of four sums of the first layer is wrong in one of two arrays; the last layer's is not one
    assert row.ours == pytest.approx((50, np.std([0, 100], ddof=1), 0, 100, 12.5, 10))
    alike = cim_network._row("x", [ideal, ideal], ideal, labels)
    assert alike.ours[:4] == (100, 0, 100, 100)


@pytest.mark.flow
@NEEDS_COMPILER
def test_sums_of_a_width_that_are_not_the_integers_are_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Unmapped:
        def measure(self, traffic: object) -> Parts:
            return PARTS

    def run() -> PublishedTable:
        return runs.precision_table(SMALL, Unmapped(), lambda _: None)  # type: ignore[arg-type]

    rows = run().rows
    assert [row.ours[0] for row in rows] == [6, 2]
    # 9 rows: -9 and -36 need all of 5 and 7 bits
    assert [row.ours[2:4] for row in rows] == [(5, 5), (7, 7)]

    def one_off(right: Callable[..., Any]) -> Callable[..., Any]:
        def planted(spec: CimMacroSpec, *others: Any) -> Any:
            traffic, expected = right(spec, *others)
            expected[-1, -1] += 1
            return traffic, expected

        return planted

    for name, right in (("_loaded", runs._loaded), ("at_an_end", runs.at_an_end)):
        with monkeypatch.context() as patched:
            patched.setattr(runs, name, one_off(right))
            with pytest.raises(VerificationFailed, match="sums of 1-bit weights are not the int"):
                run()


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("$abc$12$n3", ()),
        ("$flatten\\core.$abc$1$2", ("core",)),
        ("$flatten\\a.\\b_1.$auto$ff.cc:1$2", ("a", "b_1")),
        ("plain", ()),
    ],
)
def test_paths_of_instances(name: str, path: tuple[str, ...]) -> None:
    assert instance_path(name) == path


@pytest.mark.flow
def test_registers_are_no_more_than_the_chips() -> None:
    counts = count_parts(CimMacroSpec(), cim_macro.part_of)
    assert counts.keys() == {SHIFT_ADD, ACCUMULATOR, CONTROL}
    assert counts[SHIFT_ADD].flip_flops == 176
    assert counts[ACCUMULATOR].flip_flops == 1024 <= 1216
    # 282 registers of the control, its memory of three words of 4 bits, and the word that is read
    assert counts[CONTROL].flip_flops == 282 + 3 * 4 + 4


@pytest.mark.flow
@NEEDS_COMPILER
def test_parts_make_up_the_whole() -> None:
    library = TARGETS["predictive-45"].cells
    assert library is not None
    traffic = workload(SMALL, 0.5, vectors=8)
    parts = measure_parts(SMALL, library(()), cim_macro.part_of, traffic)
    assert parts.operations == 8
    assert parts.cycles == SMALL.contract.cycles(8, SMALL.variation(traffic, {}))
    flip_flops = sum(part.flip_flops for part in parts.parts.values())
    assert flip_flops == SMALL.inventory.memories_in_registers().flip_flops
    counted = count_parts(SMALL, cim_macro.part_of)
    for name, part in parts.parts.items():
        # the queue of the control is a memory, which becomes flip-flops in both
        assert part.flip_flops == counted[name].flip_flops
        assert 0 < part.register_activity < 1
        assert 0 < part.gate_activity < 1
        assert min(part.clock_pj, part.sequential_pj, part.combinational_pj) > 0
    together = measure_parts(SMALL, library(()), lambda path: "whole", traffic).parts["whole"]
    energy = sum(part.cycle_pj for part in parts.parts.values())
    assert together.cycle_pj == pytest.approx(energy)
    # modules apart and mapped for area, against flattened and for area × period
    flat = synthesize_macro(SMALL, [TARGETS["predictive-45"]]).targets[0].area
    assert flat is not None
    area = together.sequential_um2 + together.combinational_um2
    assert 0.8 * flat.total_um2 < area < 1.3 * flat.total_um2


def network(rng: np.random.Generator) -> QuantizedNetwork:
    """Untrained: 13 inputs, 5 neurons, 3 classes."""
    hidden = QuantizedLayer(
        rng.integers(-8, 8, (13, 5)), rng.integers(-900, 900, 5), rng.integers(500, 3000, 5)
    )
    last = QuantizedLayer(rng.integers(-8, 8, (5, 3)), rng.integers(-90, 90, 3), None)
    return QuantizedNetwork((hidden, last), weight_bits=4, activation_bits=8)


@pytest.mark.flow
@NEEDS_COMPILER
@pytest.mark.parametrize("seed", range(2))
def test_a_network_runs_on_the_macro(seed: int) -> None:
    rng = np.random.default_rng(seed)
    made = network(rng)
    images = rng.integers(0, 256, (12, 13)) * (rng.random((12, 13)) < 0.7)
    ideal = cim_network.infer(made, images, IdealArray)
    assert np.array_equal(ideal.scores, made.infer(images)[-1])
    assert np.array_equal(ideal.products[0], images @ made.layers[0].weights)
    cell = RramCell(deviation=0.3)
    noisy = cim_network.infer(made, images, lambda cells: RramArray(cells, cell, seed=seed))
    assert not np.array_equal(noisy.products[0], ideal.products[0])


@pytest.mark.flow
@NEEDS_COMPILER
def test_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def few(progress: Callable[[str], None]) -> tuple[PublishedTable, ...]:
        row = PublishedRow(name="digits", ours=measured(1))
        return (PublishedTable(title="A network", source="here", ours=("images",), rows=(row,)),)

    # the network has a test of its own
    monkeypatch.setattr(cim_macro, "network_tables", few)
    small = CimMacroSpec(rows=20, columns=16)
    monkeypatch.setattr(cim_macro, "CHIP", small)
    monkeypatch.setattr(cim_macro, "WIDER", {"inputs of 2 bits": {"input_bits": 2}})
    status, text, _ = run(capsys, "reproduce", "cim-macro", "--json", "-o", str(tmp_path))
    assert status == 0, text
    told = json.loads(text)
    assert [each["title"] for each in told["tables"]] == [
        "Registers and adders for all widths",
        "Registers and adders by width of weights",
        "Flip-flops of the control",
        "Area",
        "Energy of a cycle",
        "A flip-flop",
        "Activity",
        "NeuroSim before its factors",
        "Clock and latency of the digital modules",
        "Energy of the whole array",
        "Zeros that are skipped",
        "Widths of weights",
        "A network",
    ]
    more = [row["ours"][0]["value"] for row in told["tables"][2]["rows"]]
    assert more[0] == more[1] == more[2] == more[3] < more[4]
    skipped = told["tables"][10]["rows"]
    found = [[each["value"] for each in row["ours"]] for row in skipped]
    assert [row[:2] for row in found] == [[3, 24], [2, 16], [1, 8]]
    energies = [row[4] for row in found]
    assert energies[0] > energies[1] > energies[2] > 0
    widths = told["tables"][11]["rows"]
    assert [row["ours"][0]["value"] for row in widths] == [16, 8, 4, 2]
    written = json.loads((tmp_path / "reproduction.json").read_text())
    assert written["tables"] == told["tables"]
    assert (tmp_path / "reproduction.html").exists()
    assert (tmp_path / "reproduction.md").exists()
