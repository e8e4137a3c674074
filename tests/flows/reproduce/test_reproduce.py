"""Published systems rebuilt: counts, prices, a network on the macro, the command."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support.command_line import run
from support.pages import check_page, needs_browser

from neuroloom.flows.reports.published import (
    Curve,
    Plot,
    PublishedRow,
    PublishedTable,
    Reproduction,
)
from neuroloom.flows.reports.reproduction_page import (
    cells,
    head,
    markdown,
    reasons,
    render,
    verdict,
    write_reproduction_page,
)
from neuroloom.flows.reproduce.cim_macro import network as cim_network
from neuroloom.flows.reproduce.cim_macro import rebuild as cim_macro
from neuroloom.flows.reproduce.cim_macro.printed import (
    ACCUMULATOR,
    AREAS,
    CONTROL,
    ENERGIES,
    SHIFT_ADD,
)
from neuroloom.flows.reproduce.cim_macro.tables import adder_bits, alone
from neuroloom.flows.reproduce.counts import count_parts
from neuroloom.flows.reproduce.parts import instance_path, measure_parts
from neuroloom.flows.reproduce.systems import reproduce
from neuroloom.flows.synthesis.synthesize import synthesize_macro
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.tools.errors import UsageError
from neuroloom.flows.tools.process import has_tool
from neuroloom.flows.training.quantized import QuantizedLayer, QuantizedNetwork
from neuroloom.golden.cim.cim_macro import CimMacroSpec
from neuroloom.golden.devices.array import IdealArray
from neuroloom.golden.devices.rram import RramArray, RramCell

NEEDS_COMPILER = pytest.mark.skipif(not has_tool("g++"), reason="g++ is not installed")
TABLE = PublishedTable(
    title="Area <1>",
    source="Table 9",
    published=("model", "chip"),
    measured=("cells", "priced"),
    rows=(
        PublishedRow(
            name="adder", unit="µm²", published=(12.5, 10), measured=(None, 5), why="shared"
        ),
        PublishedRow(name="rest", published=(None, None), measured=(1234, None), why="shared"),
        PublishedRow(name="odd", published=(3, None), measured=(0.12345, 6)),
    ),
    note="before layout",
)
PLOT = Plot(
    name="errors",
    title="Errors",
    x_label="bit error rate [-]",
    y_label="accuracy [%]",
    curves=(
        Curve(name="one device", x=(1e-5, 1e-3, 1e-1), y=(98, 97.9, 60), error=(0.1, 0.1, 3)),
        Curve(name="two devices", x=(1e-5, 1e-1), y=(98, 97)),
    ),
    note="five seeds",
)
FOUND = Reproduction(
    system="x",
    title="A <chip>",
    paper="Somebody 2020",
    tables=(TABLE,),
    plots=(PLOT,),
    methods=("by hand",),
)


def test_a_row_compares_the_last_values() -> None:
    assert [row.ratio for row in TABLE.rows] == [0.5, None, 2.0]
    assert head(TABLE) == ("", "model", "chip", "cells", "priced", "ours / paper")
    assert cells(TABLE, TABLE.rows[0]) == ("adder [µm²]", "12.50", "10", "–", "5", "0.50")
    assert cells(TABLE, TABLE.rows[1]) == ("rest", "–", "–", "1,234", "–", "–")
    assert reasons(TABLE) == [("adder, rest", "shared")]


def test_how_far_figures_are_from_the_printed_ones() -> None:
    def agreement(ours: float) -> str | None:
        return PublishedRow(name="", published=(100.0,), measured=(ours,)).agreement

    told = [agreement(ours) for ours in (95, 105, 94.9, 106, 75, 125, 74.9, 126, 1)]
    assert told == ["agrees"] * 2 + ["near"] * 4 + ["differs"] * 3
    assert PublishedRow(name="", published=(None,), measured=(1.0,)).agreement is None
    assert verdict(FOUND).startswith(
        "0 of 2 printed figures agree within 5 %, 0 more within 25 %; "
    )
    assert "2 are further off" in verdict(FOUND)


def test_columns_of_both_sides_say_whose_they_are() -> None:
    fields = {"title": "Loss", "source": "", "rows": ()}
    table = PublishedTable(published=("loss", "area"), measured=("area", "loss"), **fields)
    assert head(table)[1:-1] == ("loss, paper", "area, paper", "area, ours", "loss, ours")
    with pytest.raises(ValueError, match="'Loss' has two columns of one name among"):
        PublishedTable(published=("loss", "loss"), measured=(), **fields)


def test_a_page_begins_with_what_agrees() -> None:
    rows = tuple(
        PublishedRow(name=f"row {ratio}", published=(1.0,), measured=(ratio,))
        for ratio in (0.1, 0.9, 1.01, 1.0)
    )
    table = PublishedTable(
        title="Sizes", source="Table 2", published=("chip",), measured=("ours",), rows=rows
    )
    found = FOUND.model_copy(update={"tables": (TABLE, table)})
    page = render(found)
    start, rest = page.split("Contents")
    assert "2 of 6 printed figures agree within 5 %, 1 more within 25 %; 3 are further off" in start
    assert "ours / paper [-]" in start and "2. Sizes" in start
    assert '<a href="#part-2">Sizes</a><span class="note">2 of 4 agree</span>' in rest
    assert '<td class="number differs">0.10</td>' in rest
    assert '<td class="number near">0.90</td>' in rest
    assert '<td class="number agrees">1.01</td>' in rest
    assert 'colspan="1">the paper</th>' in rest
    check_page(page)


def test_a_page_of_few_printed_figures_begins_with_its_first_plot() -> None:
    page = render(FOUND)
    start, rest = page.split("Contents")
    assert "Errors" in start and ">Errors</a>" not in rest
    assert page.count("<svg") == 1


def test_a_table_without_published_values_has_no_ratio() -> None:
    rows = (PublishedRow(name="half", published=(), measured=(2.5,)),)
    table = PublishedTable(title="", source="", published=(), measured=("reads",), rows=rows)
    assert head(table) == ("", "reads")
    assert cells(table, rows[0]) == ("half", "2.500")


def test_a_row_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="row 'odd' does not fit the columns of 'Area'"):
        PublishedTable(
            title="Area",
            source="",
            published=(),
            measured=("ours",),
            rows=(PublishedRow(name="odd", published=(1,), measured=(1,)),),
        )


def test_markdown() -> None:
    text = markdown(FOUND)
    assert "| adder [µm²] | 12.50 | 10 | – | 5 | 0.50 |" in text
    assert "- adder, rest: shared" in text
    assert text.count("\n|---|---:|---:|---:|---:|---:|\n") == 1
    assert "\n\n\n" not in text


def test_a_curve_needs_both_coordinates_and_a_bar_for_each_point() -> None:
    with pytest.raises(ValueError, match="'short' has points without"):
        Curve(name="short", x=(1, 2), y=(1,))
    with pytest.raises(ValueError, match="'short' has points without"):
        Curve(name="short", x=(1, 2), y=(1, 2), error=(1,))


def test_files_of_a_reproduction(tmp_path: Path) -> None:
    files = write_reproduction_page(FOUND, tmp_path)
    assert files == [tmp_path / f"reproduction.{ending}" for ending in ("html", "json", "md")] + [
        tmp_path / "errors.svg"
    ]
    assert sorted(tmp_path.iterdir()) == sorted(files)
    assert "![Errors](errors.svg)" in (tmp_path / "reproduction.md").read_text()
    drawing = (tmp_path / "errors.svg").read_text()
    for words in ("bit error rate", "accuracy [%]", "one device", "two devices"):
        assert words in drawing
    assert "#0101" not in drawing


@needs_browser
def test_the_page(tmp_path: Path) -> None:
    page = render(FOUND)
    assert "Area &lt;1&gt;" in page
    check_page(page)


def test_an_unknown_system_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match="'cim-macr'; did you mean 'cim-macro'"):
        reproduce("cim-macr")


def test_published_figures_are_those_of_the_article() -> None:
    assert sum(model or 0 for model, _ in AREAS.values()) == 719 + 662 + 1336 + 4968 + 3089 + 13377
    assert sum(chip for _, chip in AREAS.values()) == pytest.approx(31386, rel=1e-3)
    assert sum(model for model, _ in ENERGIES.values()) == pytest.approx(15.41, abs=0.005)
    assert sum(chip for _, chip in ENERGIES.values()) == pytest.approx(15.26, abs=0.005)


def test_adder_bits_are_no_more_than_the_chips() -> None:
    spec = CimMacroSpec()
    assert adder_bits(spec, SHIFT_ADD) <= 144 + 16
    assert adder_bits(spec, ACCUMULATOR) <= 704 + 112
    assert adder_bits(alone(spec, 1), ACCUMULATOR) == 16 * 8


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


SMALL = CimMacroSpec(rows=9, columns=6, group=3, adc_bits=2, columns_per_adc=3, weight_bits=(1, 3))


@pytest.mark.flow
@NEEDS_COMPILER
def test_parts_make_up_the_whole() -> None:
    library = TARGETS["predictive-45"].cells
    assert library is not None
    traffic = cim_macro.workload(SMALL, 0.5, vectors=8)
    parts = measure_parts(SMALL, library(()), cim_macro.part_of, traffic)
    assert parts.operations == 8
    assert parts.cycles == SMALL.contract.cycles(8, SMALL.variation(traffic, {}))
    flip_flops = sum(part.flip_flops for part in parts.parts.values())
    assert flip_flops == SMALL.inventory.memories_in_registers().flip_flops
    counted = count_parts(SMALL, cim_macro.part_of)
    for name, part in parts.parts.items():
        # the queue of the control is a memory, which becomes flip-flops in cells
        assert (part.flip_flops == counted[name].flip_flops) is (name != CONTROL)
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
    def few(progress: Callable[[str], None]) -> PublishedTable:
        return TABLE

    # the network has a test of its own
    monkeypatch.setattr(cim_macro, "network_table", few)
    small = CimMacroSpec(rows=20, columns=16)
    monkeypatch.setattr(cim_macro, "CHIP", small)
    status, text, _ = run(capsys, "reproduce", "cim-macro", "--json", "-o", str(tmp_path))
    assert status == 0, text
    told = json.loads(text)
    assert [each["title"] for each in told["tables"]] == [
        "Registers and adders",
        "Area",
        "Energy of a cycle",
        "Energy of the whole array",
        "Zeros that are skipped",
        "Area <1>",
    ]
    skipped = told["tables"][4]["rows"]
    assert [row["measured"][:2] for row in skipped] == [[3, 24], [2, 16], [1, 8]]
    written = json.loads((tmp_path / "reproduction.json").read_text())
    assert written["tables"] == told["tables"]
    assert (tmp_path / "reproduction.html").exists()
    assert (tmp_path / "reproduction.md").exists()
