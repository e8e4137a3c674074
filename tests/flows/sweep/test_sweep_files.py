"""Sweeps: what is best, and what is written."""

import csv
import random
from pathlib import Path

import pytest
from support import made_reports as made
from support.command_line import run
from support.pages import check_page, needs_browser, page_in_browser

from neuroloom.flows.designs.report import TargetReport
from neuroloom.flows.reports.sweep_page import write_sweep
from neuroloom.flows.sweep.pareto import by_target, front, pareto
from neuroloom.flows.sweep.result import SweepPoint, SweepResult
from neuroloom.flows.sweep.table import rows, target_table


def point(report: TargetReport | None, failure: str = "", /, **spec: object) -> SweepPoint:
    fields = {"width": 8, "style": "sum", **spec}
    name = report.target if report else "gates"
    return SweepPoint(spec=fields, target=name, report=report, failure=failure, seconds=0.5)


class TestPareto:
    def test_against_every_pair(self) -> None:
        seed = random.randrange(1 << 32)
        print(f"seed {seed}")
        draw = random.Random(seed)
        for _ in range(50):
            size = draw.randint(1, 12)
            table = [[float(draw.randint(0, 4)) for _ in range(3)] for _ in range(size)]
            expected = []
            for row in table:
                beaten = False
                for other in table:
                    no_worse = all(o <= r for o, r in zip(other, row, strict=True))
                    beaten |= no_worse and other != row
                expected.append(not beaten)
            assert front(table) == expected

    def test_area_and_time(self) -> None:
        points = [
            point(made.cells(um2, mhz))
            for um2, mhz in ((100.0, 100.0), (200.0, 200.0), (200.0, 150.0), (90.0, 90.0))
        ]
        assert pareto(points) == [True, True, False, True]

    def test_interval_counts(self) -> None:
        points = [point(made.device(10, 100.0, interval=4)), point(made.device(20, 99.0))]
        assert pareto([*points, point(made.device(30, 120.0, interval=2))]) == [True, True, False]

    def test_cycles_where_nothing_is_timed(self) -> None:
        points = [
            point(made.gates(50, interval=4)),
            point(made.gates(60, interval=1)),
            point(made.gates(60, interval=2)),
        ]
        assert pareto(points) == [True, True, False]

    def test_energy_counts_where_all_have_it(self) -> None:
        frugal, quick = made.cells(200.0, 100.0, 1.0), made.cells(100.0, 200.0, 2.0)
        assert pareto([point(frugal), point(quick)]) == [True, True]
        assert pareto([point(frugal), point(made.cells(100.0, 200.0))]) == [False, True]

    def test_a_point_that_computes_wrong_beats_none_and_has_no_star(self) -> None:
        points = [point(made.gates(50)), point(made.gates(60))]
        assert pareto(points) == [True, False]
        points[0] = points[0].model_copy(update={"cautions": ("half of it is wrong",)})
        assert pareto(points) == [False, True]
        assert pareto(points[:1]) == [False]

    def test_targets_and_fields_apart(self) -> None:
        points = [
            point(made.gates(50)),
            point(made.gates(90), width=16),
            point(made.device(70, 100.0)),
            point(None, "crashed"),
        ]
        assert pareto(points) == [True, False, True, False]
        assert pareto(points, ["width"]) == [True, True, True, False]


@pytest.fixture
def result() -> SweepResult:
    points = []
    for width, lut4, mhz in ((8, 20, 200.0), (64, 80, 120.0), (256, 320, 90.0)):
        for style, more in (("sum", 5), ("counter", 0)):
            fields: dict[str, object] = {"width": width, "style": style, "pipeline": 0}
            points += [
                point(made.device(lut4 + more, mhz), **fields),
                point(made.gates(4 * lut4 + more), **fields),
                point(made.cells(9.5 * lut4 + more, 5 * mhz, 0.5), **fields),
            ]
    points[1] = point(None, "yosys <failed>", width=8, style="sum", pipeline=0)
    return SweepResult(
        macro="popcount", varying=("width", "style"), points=tuple(points), seconds=3.0
    )


class TestFiles:
    def test_rows(self, result: SweepResult) -> None:
        flat = rows(result, pareto(result.points))
        assert len({tuple(row) for row in flat}) == 1
        first, failed, mapped = flat[:3]
        assert first == dict.fromkeys(first) | {
            "width": 8,
            "style": "sum",
            "target": "ice40-hx8k",
            "LUT4": 25,
            "carry": 0,
            "FF": 4,
            "fmax_mhz": 200.0,
            "fmax_min_mhz": 198.0,
            "fmax_max_mhz": 201.0,
            "interval_cycles": 1,
            "operations_per_second": 2e8,
            "time_per_operation_ns": 5.0,
            "front": False,
            "cautions": "",
            "warnings": "",
            "failure": "",
            "seconds": 0.5,
        }
        assert (failed["failure"], failed["gates"], failed["front"]) == (
            "yosys <failed>",
            None,
            False,
        )
        assert (mapped["area_um2"], mapped["sequential_um2"]) == (195.0, 48.75)
        assert mapped["energy_per_operation_pj"] == pytest.approx(0.5)
        assert mapped["powers_at_mhz"] == 1000.0 and mapped["idle_uw"] == 125.0
        assert mapped["warnings"] == "initial values are lost"

    def test_csv_and_json(self, result: SweepResult, tmp_path: Path) -> None:
        files = write_sweep(result, tmp_path)
        assert [file.name for file in files] == ["sweep.csv", "sweep.html", "sweep.json"]
        lines = list(csv.DictReader((tmp_path / "sweep.csv").open()))
        assert len(lines) == 18
        assert [line["LUT4"] for line in lines[::3]] == ["25", "20", "85", "80", "325", "320"]
        assert (lines[1]["gates"], lines[1]["failure"]) == ("", "yosys <failed>")
        assert SweepResult.model_validate_json((tmp_path / "sweep.json").read_text()) == result

    def test_parquet(self, result: SweepResult, tmp_path: Path) -> None:
        parquet = pytest.importorskip("pyarrow.parquet")
        write_sweep(result, tmp_path, parquet=True)
        read = parquet.read_table(tmp_path / "sweep.parquet").to_pylist()
        assert read == rows(result, pareto(result.points))

    def test_parquet_needs_pyarrow(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
        status, _, error = run(capsys, "sweep", "popcount", "--parquet", "-o", str(tmp_path / "o"))
        assert status == 3 and "pip install 'neuroloom[parquet]'" in error
        assert not (tmp_path / "o").exists()

    def test_table_of_a_target(self, result: SweepResult) -> None:
        placed, _, mapped = by_target(result, pareto(result.points, ["width"]))
        head, body = target_table(result.varying, placed)
        assert head == [
            "",
            "width",
            "style",
            "LUT4",
            "FF",
            "Fmax [MHz]",
            "min–max [MHz]",
            "ns/word",
            "words/s",
        ]
        assert body[2] == ["", "64", "sum", "85", "4", "120.0", "118.0–121.0", "8.33", "120 M"]
        assert [row[0] for row in body] == ["", "★"] * 3
        head, body = target_table(result.varying, mapped)
        assert head[-1] == "pJ/word at Fmax"
        assert body[0][5:7] == ["195.0", "48.8"]

    def test_page(self, result: SweepResult, tmp_path: Path) -> None:
        write_sweep(result, tmp_path, ["width"])
        text = (tmp_path / "sweep.html").read_text()
        check_page(text)
        assert "yosys &lt;failed&gt;" in text
        # area and time over one another and over width: gates have no time, theirs is one plot
        assert [text.count(f"on {name}") for name in ("ice40-hx8k", "gates", "predictive-45")] == [
            3,
            1,
            3,
        ]
        assert "width 64, style counter; LUT4 80; time per word 8.3333 ns" in text
        assert text.count("<svg") == 7

    def test_energy_says_at_which_clock(self, result: SweepResult) -> None:
        points = list(result.points)
        report = points[2].report
        assert report is not None and report.power is not None
        power = report.power.model_copy(update={"clock_mhz": 50.0, "clock_asked": True})
        points[2] = points[2].model_copy(
            update={"report": report.model_copy(update={"power": power})}
        )
        single = result.model_copy(update={"points": (points[2],)})
        (group,) = by_target(single, [True])
        assert target_table((), group)[0][-1] == "pJ/word at 50 MHz"

    def test_page_of_a_single_point(self, result: SweepResult, tmp_path: Path) -> None:
        single = result.model_copy(update={"points": result.points[:1], "varying": ()})
        write_sweep(single, tmp_path)
        text = (tmp_path / "sweep.html").read_text()
        check_page(text)
        assert "<svg" not in text

    @needs_browser
    @pytest.mark.parametrize("width", [400, 1100])
    @pytest.mark.flow
    def test_page_in_a_browser(self, result: SweepResult, tmp_path: Path, width: int) -> None:
        write_sweep(result, tmp_path)
        document = page_in_browser(tmp_path / "sweep.html", tmp_path / "profile", width)
        assert document.count("<svg") == 7 and "yosys &lt;failed&gt;" in document
