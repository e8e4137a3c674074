"""The page of a synthesis, and two runs side by side."""

import json
from pathlib import Path

import pytest
from support import made_reports as made
from support.command_line import run
from support.pages import check_page, needs_browser, page_in_browser

from neuroloom.flows.designs.method import Method
from neuroloom.flows.designs.report import SynthesisReport
from neuroloom.flows.reports.compare_page import cells, write_compare_page
from neuroloom.flows.reports.comparison import Figure, compare, read_report
from neuroloom.flows.reports.synth_page import render, write_synth_page
from neuroloom.flows.synthesis.synthesize import synthesize_macro
from neuroloom.flows.synthesis.targets import TARGETS
from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.arith.popcount import PopcountSpec
from neuroloom.golden.arith.requantize import RequantizeSpec


@pytest.fixture
def report() -> SynthesisReport:
    return made.synthesis(made.device(80, 120.0), made.gates(320), made.cells(500.0, 800.0, 4.0))


class TestSynthesisPage:
    def test_files_and_numbers(self, report: SynthesisReport, tmp_path: Path) -> None:
        files = write_synth_page(report, tmp_path / "new")
        assert [file.name for file in files] == ["report.html", "report.json"]
        assert read_report(tmp_path / "new") == report
        text = files[0].read_text()
        check_page(text)
        for expected in (
            "118.0–121.0",
            "120 Mwords/s",
            "word_bits → count_ones",
            "89 of 7,680",
            "125 (25%)",
            ">375<",
            "0.125",
            "predictive45, 1 V, 25 °C",
            "1.50",
            "structure",
            "nextpnr 1, 3 seeds",
            "Warning: initial values are lost",
            "toggles of every net",
        ):
            assert expected in text, expected

    def test_clock_of_the_powers_is_said(self, report: SynthesisReport) -> None:
        assert ">Powers and leakage of an operation at Fmax.<" in render(report)
        power = report.targets[2].power
        assert power is not None
        asked = power.model_copy(update={"clock_mhz": 62.5, "clock_asked": True})
        cells = report.targets[2].model_copy(update={"power": asked})
        text = render(report.model_copy(update={"targets": (cells,)}))
        assert ">62.50<" in text and "at the clock that was asked for.<" in text

    def test_split_of_energy_fills_the_bar(self, report: SynthesisReport, tmp_path: Path) -> None:
        text = write_synth_page(report, tmp_path)[0].read_text()
        shares = [
            f'class="part-{part}" style="width:{share}%"'
            for part, share in enumerate(("25.00", "25.00", "50.00", "0.00"))
        ]
        assert all(share in text for share in shares)

    def test_reported_mapping_is_the_filled_one(
        self, report: SynthesisReport, tmp_path: Path
    ) -> None:
        text = write_synth_page(report, tmp_path)[0].read_text()
        chosen = text.split("<title>area, relaxed: 500.0 µm², 800.0 MHz</title>")[1]
        other = text.split("<title>delay, tight: 1,000.0 µm², 1200.0 MHz</title>")[1]
        assert "fill: var(--series-0); stroke: var(--series-0)" in chosen.partition("</g></g>")[0]
        assert "fill-opacity: 0" in other.partition("</g></g>")[0]

    def test_parts_that_are_missing_are_not_shown(self, tmp_path: Path) -> None:
        text = write_synth_page(made.synthesis(made.gates(5)), tmp_path)[0].read_text()
        check_page(text)
        for absent in ("Energy and power", "Standard cells", "Critical path", "Mappings"):
            assert f">{absent}" not in text

    def test_nothing_but_failures(self, tmp_path: Path) -> None:
        failed = SynthesisReport(
            macro="mine", spec={}, targets=(), failures={"ice40-hx8k": "no <room> left"}
        )
        text = write_synth_page(failed, tmp_path)[0].read_text()
        check_page(text)
        assert "no &lt;room&gt; left" in text

    @needs_browser
    @pytest.mark.parametrize("width", [400, 1100])
    @pytest.mark.flow
    def test_in_a_browser(self, report: SynthesisReport, tmp_path: Path, width: int) -> None:
        page = write_synth_page(report, tmp_path)[0]
        document = page_in_browser(page, tmp_path / "profile", width)
        assert document.count("<section") == page.read_text().count("<section") == 6


class TestCompare:
    def test_figures(self, report: SynthesisReport) -> None:
        other = made.synthesis(made.device(60, 150.0), made.cells(500.0, 400.0), width=32)
        compared = compare(report, other)
        assert [(f.name, f.first, f.second) for f in compared.fields] == [("width", "64", "32")]
        assert [each.target for each in compared.targets] == [
            "ice40-hx8k",
            "gates",
            "predictive-45",
        ]
        placed, alone, mapped = (
            {figure.name: figure for figure in each.figures} for each in compared.targets
        )
        assert (placed["LUT4"].difference, placed["LUT4"].ratio) == (-20.0, 0.75)
        assert (placed["Fmax"].difference, placed["Fmax"].ratio) == (30.0, 1.25)
        assert placed["highest Fmax"].second == 151.0
        assert "carry" not in placed  # zero in both
        assert (alone["gates"].second, alone["gates"].difference) == (None, None)
        assert (mapped["energy"].first, mapped["energy"].second) == (4.0, None)
        assert mapped["rate"].ratio == 0.5

    def test_zero_has_no_ratio(self) -> None:
        figure = Figure(name="FF", unit="", first=0.0, second=3.0)
        assert (figure.difference, figure.ratio) == (3.0, None)
        assert cells(figure) == ("FF", "0", "3", "+3", "–")

    @pytest.mark.parametrize(
        ("first", "second", "expected"),
        [
            (1200.0, 900.0, ("x [u]", "1,200", "900", "−300", "0.750")),
            (1.28e8, 1.6e8, ("x [u]", "128.0 M", "160.0 M", "+32.00 M", "1.250")),
            (0.125, None, ("x [u]", "0.1250", "–", "–", "–")),
        ],
    )
    def test_cells(self, first: float, second: float | None, expected: tuple[str, ...]) -> None:
        assert cells(Figure(name="x", unit="u", first=first, second=second)) == expected

    def test_methods_and_failures_are_noted(self, report: SynthesisReport) -> None:
        device = made.device(80, 120.0).model_copy(
            update={"method": Method(tool="yosys 2: synth_ice40")}
        )
        other = made.synthesis(device).model_copy(update={"failures": {"gates": "out of memory"}})
        first, second, _ = compare(report, other).targets
        assert first.notes == (
            "different methods of synthesis: A: yosys 1: synth_ice40; B: yosys 2: synth_ice40",
            "timing: nextpnr 1, 3 seeds",
        )
        assert second.warnings == ("failed in B: out of memory",)
        assert second.notes == ("synthesis of A: yosys 1: synth",)

    @pytest.mark.flow
    def test_a_name_is_no_method(self) -> None:
        """Designs of other names by the same tools: what a mapping chose is told apart from how."""
        runs = []
        for spec in (PopcountSpec(width=4), RequantizeSpec(input_bits=6, output_bits=4)):
            runs.append(synthesize_macro(spec, [TARGETS["gates"], TARGETS["predictive-45"]]))
        assert runs[0].targets[0].method == runs[1].targets[0].method
        alone, mapped = compare(*runs).targets
        assert "synth -flatten -run begin:fine; " in alone.notes[0]
        assert alone.notes[0].startswith("synthesis: yosys ")
        assert not any("different" in each for each in (*alone.notes, *mapped.notes))
        assert "the mapping of least area × period; before layout; predictive45" in mapped.notes[0]

    def test_another_aim_or_corner_is_another_method(self, report: SynthesisReport) -> None:
        cells = made.cells(500.0, 800.0, 4.0)
        way = Method(tool="yosys 1", options=("the fastest mapping",), corner="1 V")
        fast, hot = (
            made.synthesis(cells.model_copy(update={"method": each}))
            for each in (
                way.model_copy(update={"outcome": "recipe flow, tight"}),
                way.model_copy(update={"corner": "0.9 V", "outcome": "recipe area"}),
            )
        )
        (pair,) = compare(fast, hot).targets
        assert pair.notes[:2] == (
            "different methods of synthesis: A: yosys 1: the fastest mapping; 1 V; "
            "B: yosys 1: the fastest mapping; 0.9 V",
            "synthesis: A: recipe flow, tight; B: recipe area",
        )

    def test_page(self, report: SynthesisReport, tmp_path: Path) -> None:
        other = made.synthesis(made.device(60, 150.0), width=32)
        page = write_compare_page(compare(report, other), tmp_path)
        check_page(page.read_text())
        assert '<td class="number">−20</td><td class="number">0.750</td>' in page.read_text()

    @needs_browser
    @pytest.mark.flow
    def test_page_in_a_browser(self, report: SynthesisReport, tmp_path: Path) -> None:
        page = write_compare_page(compare(report, report), tmp_path)
        assert "same specification" in page_in_browser(page, tmp_path / "profile", 400)

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("{", "is not a JSON file"),
            ("[]", "is not a report of `neuroloom synth -o`: the document: input should be"),
            ('{"macro": "popcount", "spec": {}}', "synth -o`: targets: field required"),
        ],
    )
    def test_wrong_files(self, text: str, sentence: str, tmp_path: Path) -> None:
        file = tmp_path / "report.json"
        file.write_text(text)
        with pytest.raises(UsageError, match=sentence.replace("[", r"\[")):
            read_report(file)

    def test_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match=r"cannot read .*report\.json: No such file"):
            read_report(tmp_path)

    def test_command(
        self, report: SynthesisReport, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for name, lut4 in (("a", 80), ("b", 60)):
            write_synth_page(made.synthesis(made.device(lut4, 120.0)), tmp_path / name)
        a, b = str(tmp_path / "a"), str(tmp_path / "b" / "report.json")
        status, text, _ = run(capsys, "compare", a, b, "-o", str(tmp_path / "c"))
        assert status == 0
        assert ["LUT4", "80", "60", "−20", "0.750"] in [line.split() for line in text.splitlines()]
        assert (tmp_path / "c" / "compare.html").exists()
        status, text, _ = run(capsys, "compare", a, b, "--json")
        (target,) = json.loads(text)["targets"]
        assert target["figures"][0] == {
            "name": "LUT4",
            "unit": "",
            "first": 80.0,
            "second": 60.0,
            "difference": -20.0,
            "ratio": 0.75,
        }
        assert target["notes"] == ["synthesis: yosys 1: synth_ice40", "timing: nextpnr 1, 3 seeds"]
        status, _, error = run(capsys, "compare", a, str(tmp_path / "nothing"))
        assert status == 2 and "cannot read" in error
