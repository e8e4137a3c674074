"""Sweeps: what is visited, what is kept, what is best, and what is left after a kill."""

import csv
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import made_reports as made
import pytest
from pages import check_page, needs_browser, page_in_browser
from test_cli import run

from neuroloom.flows.catalogue import macro
from neuroloom.flows.cells.mapping import Aim
from neuroloom.flows.cells.predictive import predictive_text
from neuroloom.flows.errors import ToolMissing, UsageError
from neuroloom.flows.reports.sweep_page import write_sweep
from neuroloom.flows.sweep import key, sweep
from neuroloom.flows.sweep.job import Job, Limits, compute
from neuroloom.flows.sweep.pareto import by_target, front, pareto
from neuroloom.flows.sweep.plan import plan, varying
from neuroloom.flows.sweep.point import descendants
from neuroloom.flows.sweep.result import SweepPoint, SweepResult
from neuroloom.flows.sweep.store import Finished, Store
from neuroloom.flows.sweep.table import rows, target_table
from neuroloom.flows.synthesis.design import of_spec
from neuroloom.flows.synthesis.report import TargetReport
from neuroloom.flows.synthesis.synthesize import Options
from neuroloom.flows.synthesis.targets import liberty_target, target
from neuroloom.golden.arith.popcount import PopcountSpec, PopcountStyle

POPCOUNT = macro("popcount")


def words(*values: str, **options: object) -> list[str]:
    """The planned specifications as ``width style pipeline``."""
    planned = plan(POPCOUNT, values, **options)  # type: ignore[arg-type]
    return [f"{s.width} {s.style.value} {s.pipeline}"  # type: ignore[attr-defined]
            for s in planned.specs]  # fmt: skip


class TestPlan:
    def test_all_combinations_in_order(self) -> None:
        assert words("width=8,16", "style=sum,counter") == [
            "8 sum 0", "8 counter 0", "16 sum 0", "16 counter 0",
        ]  # fmt: skip

    def test_duplicates_once(self) -> None:
        assert words("width=8, 8,16,8") == ["8 counter 0", "16 counter 0"]

    def test_nothing_given_is_the_default(self) -> None:
        assert words() == ["64 counter 0"]

    def test_commas_in_brackets_do_not_part(self) -> None:
        planned = plan(macro("bnn_network"), ["layers.0.pe=1,2"])
        assert varying(planned.specs) == ["layers.0.pe"]
        with pytest.raises(UsageError, match=r"2 of 2 .*\n  layers=\[1,2\]: .*\n  layers=\[3\]: "):
            plan(macro("bnn_network"), ["layers=[1,2],[3]"])

    def test_base(self, tmp_path: Path) -> None:
        base = tmp_path / "base.toml"
        base.write_text('width = 12\nstyle = "sum"\n')
        assert words("pipeline=0,1", base=base) == ["12 sum 0", "12 sum 1"]

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("p.csv", "width, style\n8, sum\n16,\n"),
            ("p.json", '[{"width": 8, "style": "sum"}, {"width": 16}]'),
            ("p.toml", '[[points]]\nwidth = 8\nstyle = "sum"\n[[points]]\nwidth = 16\n'),
        ],
    )
    def test_listed_points(self, name: str, text: str, tmp_path: Path) -> None:
        file = tmp_path / name
        file.write_text(text)
        assert words(points=file) == ["8 sum 0", "16 counter 0"]
        assert words("pipeline=1,2", points=file) == [
            "8 sum 1", "8 sum 2", "16 counter 1", "16 counter 2",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("name", "text", "sentence"),
        [
            ("p.csv", "width\n8,9\n", "p.csv, line 2: more cells than fields"),
            ("p.csv", "width\n", "holds no points"),
            ("p.json", '{"width": 8}', "does not hold points"),
            ("p.json", "[", "is not valid JSON"),
            ("p.toml", "points = 3", "does not hold points"),
            ("p.csv", "widht\n8\n", "no field 'widht'; did you mean 'width'"),
        ],
    )
    def test_wrong_points(self, name: str, text: str, sentence: str, tmp_path: Path) -> None:
        file = tmp_path / name
        file.write_text(text)
        with pytest.raises(UsageError, match=re.escape(sentence)):
            plan(POPCOUNT, points=file)
        with pytest.raises(UsageError, match="cannot read the points"):
            plan(POPCOUNT, points=tmp_path / "nothing.csv")

    @pytest.mark.parametrize(
        ("value", "sentence"),
        [
            ("width", "'width' is not of the form field=value,value"),
            ("width=8,,9", "has an empty value"),
            ("width=", "has an empty value"),
            ("width=[8,9", "leaves a bracket open"),
            ("width=8]", "closes a bracket that was not opened"),
            ('width="8', "leaves a quote open"),
            ("widht=8,9", "popcount has no field 'widht'; did you mean 'width'?"),
            ("style=sume,add", "2 of 2 combinations are not possible:\n  style=sume: popcount"),
        ],
    )
    def test_wrong_values(self, value: str, sentence: str) -> None:
        with pytest.raises(UsageError, match=re.escape(sentence)):
            plan(POPCOUNT, [value], skip_invalid=True)

    def test_field_twice(self) -> None:
        with pytest.raises(UsageError, match=r"width is given twice; .*width=v1,v2"):
            plan(POPCOUNT, ["width=8", "width=9"])

    def test_refused_combinations_each_with_its_sentence(self) -> None:
        values = ["width=0,8,5000", "pipeline=0,17"]
        with pytest.raises(UsageError) as caught:
            plan(POPCOUNT, values)
        text = str(caught.value)
        assert text.startswith("5 of 6 combinations are not possible:")
        assert "\n  width=8 pipeline=17: popcount: pipeline=17 is wrong: input should be" in text
        assert text.endswith("--skip-invalid goes on with the others")
        planned = plan(POPCOUNT, values, skip_invalid=True)
        assert planned.specs == (PopcountSpec(width=8),)
        assert [each.values for each in planned.refused] == [
            "width=0 pipeline=0", "width=0 pipeline=17", "width=8 pipeline=17",
            "width=5000 pipeline=0", "width=5000 pipeline=17",
        ]  # fmt: skip


class TestStore:
    POINT = Finished(
        key="abc", macro="popcount", spec={"width": 8}, seconds=1.5, report=made.gates(9)
    )

    def test_put_and_get(self, tmp_path: Path) -> None:
        store = Store(tmp_path / "new" / "points")
        assert store.get("abc") is None
        store.put(self.POINT)
        assert store.get("abc") == self.POINT
        assert [file.name for file in store.folder.iterdir()] == ["abc.json"]

    def test_broken_file_counts_as_absent(self, tmp_path: Path) -> None:
        store = Store(tmp_path)
        text = self.POINT.model_dump_json()
        for broken in ("", text[:-20], text.replace("abc", "xyz"), '{"key": "abc"}'):
            (tmp_path / "abc.json").write_text(broken)
            assert store.get("abc") is None

    def test_write_that_fails_leaves_nothing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(_: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            Store(tmp_path).put(self.POINT)
        assert not list(tmp_path.iterdir())

    def test_folder_that_cannot_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(UsageError, match="cannot write to"):
            Store(tmp_path / "file" / "points")


class TestKey:
    def test_same_for_the_same(self) -> None:
        design = of_spec(PopcountSpec(width=8))
        grounds = {key.ground(target("gates"), Options(s)) for s in (range(1, 3), [1, 2], (1, 2))}
        assert len(grounds) == 1
        assert key.point_key(design, "x") == key.point_key(of_spec(PopcountSpec(width=8)), "x")
        assert key.point_key(design, "x") != key.point_key(of_spec(PopcountSpec(width=9)), "x")

    def test_everything_that_decides_takes_part(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def grounds() -> list[str]:
            devices = [key.ground(target(name), Options()) for name in ("gates", "ice40-hx8k")]
            chosen = [Options((1,)), Options(aim=Aim.AREA), Options(period=2.0),
                      Options(dont_use=("NAND*",)), Options(power=True)]  # fmt: skip
            return devices + [key.ground(target("gates"), each) for each in chosen]

        before = grounds()
        assert len(set(before)) == 7
        monkeypatch.setattr("importlib.metadata.version", lambda package: "0.0")
        assert not set(before) & set(grounds())

    def test_library_takes_part(self) -> None:
        options = Options(), Options(dont_use=("*X2",))
        assert len({key.ground(target("predictive-45"), each) for each in options}) == 2


def point(report: TargetReport | None, failure: str = "", **spec: object) -> SweepPoint:
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
        points = [point(made.cells(um2, mhz)) for um2, mhz in
                  ((100.0, 100.0), (200.0, 200.0), (200.0, 150.0), (90.0, 90.0))]  # fmt: skip
        assert pareto(points) == [True, True, False, True]

    def test_interval_counts(self) -> None:
        points = [point(made.device(10, 100.0, interval=4)), point(made.device(20, 99.0))]
        assert pareto([*points, point(made.device(30, 120.0, interval=2))]) == [True, True, False]

    def test_cycles_where_nothing_is_timed(self) -> None:
        points = [point(made.gates(50, interval=4)), point(made.gates(60, interval=1)),
                  point(made.gates(60, interval=2))]  # fmt: skip
        assert pareto(points) == [True, True, False]

    def test_energy_counts_where_all_have_it(self) -> None:
        frugal, quick = made.cells(200.0, 100.0, 1.0), made.cells(100.0, 200.0, 2.0)
        assert pareto([point(frugal), point(quick)]) == [True, True]
        assert pareto([point(frugal), point(made.cells(100.0, 200.0))]) == [False, True]

    def test_targets_and_fields_apart(self) -> None:
        points = [point(made.gates(50)), point(made.gates(90), width=16),
                  point(made.device(70, 100.0)), point(None, "crashed")]  # fmt: skip
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
            "width": 8, "style": "sum", "target": "ice40-hx8k", "LUT4": 25, "carry": 0, "FF": 4,
            "fmax_mhz": 200.0, "fmax_min_mhz": 198.0, "fmax_max_mhz": 201.0, "interval_cycles": 1,
            "operations_per_second": 2e8, "time_per_operation_ns": 5.0, "front": False,
            "warnings": "", "failure": "", "seconds": 0.5,
        }  # fmt: skip
        assert (failed["failure"], failed["gates"], failed["front"]) == (
            "yosys <failed>", None, False,
        )  # fmt: skip
        assert (mapped["area_um2"], mapped["sequential_um2"]) == (195.0, 48.75)
        assert mapped["energy_per_operation_pj"] == pytest.approx(0.5)
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
        assert head == ["", "width", "style", "LUT4", "FF", "Fmax [MHz]", "min–max [MHz]",
                        "ns/word", "words/s"]  # fmt: skip
        assert body[2] == ["", "64", "sum", "85", "4", "120.0", "118.0–121.0", "8.33", "120 M"]
        assert [row[0] for row in body] == ["", "★"] * 3
        head, body = target_table(result.varying, mapped)
        assert head[-1] == "pJ/word"
        assert body[0][5:7] == ["195.0", "48.8"]

    def test_page(self, result: SweepResult, tmp_path: Path) -> None:
        write_sweep(result, tmp_path, ["width"])
        text = (tmp_path / "sweep.html").read_text()
        check_page(text)
        assert "yosys &lt;failed&gt;" in text
        # area and time over one another and over width: gates have no time, theirs is one plot
        assert [text.count(f'on {name}') for name in ("ice40-hx8k", "gates", "predictive-45")] == [
            3, 1, 3,
        ]  # fmt: skip
        assert "width 64, style counter; LUT4 80; time per word 8.3333 ns" in text
        assert text.count("<svg") == 7

    def test_page_of_a_single_point(self, result: SweepResult, tmp_path: Path) -> None:
        single = result.model_copy(update={"points": result.points[:1], "varying": ()})
        write_sweep(single, tmp_path)
        text = (tmp_path / "sweep.html").read_text()
        check_page(text)
        assert "<svg" not in text

    @needs_browser
    @pytest.mark.parametrize("width", [400, 1100])
    def test_page_in_a_browser(self, result: SweepResult, tmp_path: Path, width: int) -> None:
        write_sweep(result, tmp_path)
        document = page_in_browser(tmp_path / "sweep.html", tmp_path / "profile", width)
        assert document.count("<svg") == 7 and "yosys &lt;failed&gt;" in document


class TestBeforeAnythingRuns:
    @pytest.mark.parametrize(
        ("arguments", "status", "sentence"),
        [
            (["width=0,8"], 2, "1 of 2 combinations"),
            (["width=8", "--target", "gate"], 2, "did you mean 'gates'"),
            (["width=8", "--per", "with"], 2, "--per: no field 'with'; did you mean 'width'"),
            (["width=8", "--scheduler", "nonsense"], 2, "no Dask scheduler answers at 'nonsense'"),
        ],
    )
    def test_errors(
        self, arguments: list[str], status: int, sentence: str,
        capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        monkeypatch.setattr("neuroloom.flows.sweep.executors.CONNECT_SECONDS", 1)
        given = ["sweep", "popcount", "--target", "gates", *arguments, "-o", str(tmp_path / "o")]
        left, _, error = run(capsys, *given)
        assert left == status and sentence in error
        assert not (tmp_path / "o" / "sweep.html").exists()

    def test_dask_is_not_installed(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
        with pytest.raises(ToolMissing, match=r"pip install 'neuroloom\[dask\]'"):
            sweep([PopcountSpec()], [target("gates")], folder=tmp_path, scheduler="tcp://x:1")

    def test_two_macros(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="of one macro"):
            sweep([PopcountSpec(), macro("requantize").spec()], [target("gates")], folder=tmp_path)


def test_descendants_of_every_session() -> None:
    script = "setsid sh -c 'sleep 60 & sleep 60' & sleep 60"
    process = subprocess.Popen(["sh", "-c", script], start_new_session=True)
    try:
        assert _until(lambda: len(descendants(process.pid)) == 4)
    finally:
        for each in [*descendants(process.pid), process.pid]:
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        process.wait()


def _until(condition: object, seconds: float = 20.0) -> bool:
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.05)
    return False


SIXTY = ["sweep", "popcount", f"width={','.join(str(width) for width in range(4, 24))}",
         "style=sum,compressor,counter", "--target", "gates"]  # fmt: skip
COMMAND = [sys.executable, "-c", "from neuroloom.flows import cli; cli.main()"]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """The sweep of sixty points in a process group of its own."""
    process = subprocess.Popen(
        [*COMMAND, *SIXTY, "-o", str(tmp_path / "out")], start_new_session=True, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    yield process
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _computed(folder: Path) -> list[str]:
    """Keys of the points that were computed, as the log has them."""
    return re.findall(r" computed (\w+) ", (folder / "sweep.log").read_text())


@pytest.mark.flow
class TestRuns:
    def test_killed_and_resumed(self, started: subprocess.Popen[str], tmp_path: Path) -> None:
        out = tmp_path / "out"
        assert _until(lambda: len(list(out.glob("points/*.json"))) >= 25, 300)
        children = descendants(started.pid)
        os.killpg(started.pid, signal.SIGKILL)
        started.wait()
        kept = {file.stem: file.read_text() for file in out.glob("points/*.json")}
        first = _computed(out)
        assert 25 <= len(kept) < 60
        # a point is kept before it is logged
        assert set(first) <= set(kept) and len(kept) - len(first) <= 1
        # the points that were being computed end as well
        assert children
        assert _until(lambda: not any(Path(f"/proc/{child}").exists() for child in children))

        begin = time.monotonic()
        subprocess.run([*COMMAND, *SIXTY, "-o", str(out)], check=True, capture_output=True)
        second = _computed(out)[len(first) :]
        print(f"computed {len(kept)}, then {len(second)} in {time.monotonic() - begin:.1f} s")
        assert len(second) == len(set(second)) == 60 - len(kept)
        assert not set(second) & set(kept)
        assert all((out / "points" / f"{name}.json").read_text() == text
                   for name, text in kept.items())  # fmt: skip
        subprocess.run([*COMMAND, *SIXTY, "-o", str(out)], check=True, capture_output=True)
        assert len(_computed(out)) == len(first) + len(second)
        lines = list(csv.DictReader((out / "sweep.csv").open()))
        assert len(lines) == len({(line["width"], line["style"]) for line in lines}) == 60
        assert all(int(line["gates"]) > 0 and not line["failure"] for line in lines)

    def test_interrupted(self, started: subprocess.Popen[str], tmp_path: Path) -> None:
        out = tmp_path / "out"
        assert _until(lambda: len(list(out.glob("points/*.json"))) >= 2, 120)
        children = descendants(started.pid)
        started.send_signal(signal.SIGINT)
        _, error = started.communicate(timeout=30)
        assert started.returncode == 130
        assert "interrupted; what is finished is kept" in error and "Traceback" not in error
        assert not any(Path(f"/proc/{child}").exists() for child in children)
        assert set(_computed(out)) == {file.stem for file in out.glob("points/*.json")}

    def test_a_point_that_fails_leaves_the_others(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        given = ["sweep", "popcount", "width=8,1500", "--target", "ice40-hx1k", "--seeds", "1",
                 "-o", str(tmp_path)]  # fmt: skip
        status, text, error = run(capsys, *given)
        assert status == 1 and "1 of 2 points failed" in error
        assert "width=1500" in text and "1 points computed, 0 finished before, 1 failed" in text
        good, bad = csv.DictReader((tmp_path / "sweep.csv").open())
        assert float(good["fmax_mhz"]) > 100 and not good["failure"]
        assert "does not fit the device" in bad["failure"] and not bad["LUT4"]
        assert bad["failure"] in (tmp_path / "sweep.html").read_text()
        assert len(_computed(tmp_path)) == 1
        status, text, _ = run(capsys, *given, "--json")
        again = json.loads(text)
        assert (status, again["computed"], again["failed"]) == (1, 0, 1)

    def test_limits(self, tmp_path: Path) -> None:
        specs, targets = [PopcountSpec(width=1024)], [target("gates")]
        begin = time.monotonic()
        result = sweep(specs, targets, folder=tmp_path, limits=Limits(seconds=0.2))
        assert [each.failure for each in result.failed] == [
            "was stopped after 0.2 s without an end"
        ]
        assert time.monotonic() - begin < 20
        result = sweep(specs, targets, folder=tmp_path, limits=Limits(megabytes=64))
        (failed,) = result.failed
        print(failed.failure)
        assert re.search(r"memory|bad_alloc|MemoryError|thread", failed.failure)
        # a limit that leaves room lets WebAssembly tools run as well
        result = sweep([PopcountSpec(width=8)], [target("ice40-hx8k")], Options((1,)), tmp_path,
                       limits=Limits(megabytes=2048))  # fmt: skip
        assert not result.failed

    def test_a_process_that_crashes(self) -> None:
        spec = PopcountSpec(width=1024)
        design, options = of_spec(spec), Options((1,))
        job = Job(
            key=key.point_key(design, key.ground(target("gates"), options)), macro="popcount",
            spec=spec.model_dump(mode="json"), verilog=design.verilog, target="gates",
            options=options, limits=Limits(),
        )  # fmt: skip
        with ThreadPoolExecutor(1) as pool:
            outcome = pool.submit(compute, job)
            assert _until(lambda: len(descendants(os.getpid())) > 1)  # it has started yosys
            os.kill(descendants(os.getpid())[0], signal.SIGKILL)
            assert outcome.result().report is None
        assert "its process crashed" in outcome.result().failure
        assert "killed by signal 9" in outcome.result().failure

    def test_own_liberty_file(self, tmp_path: Path) -> None:
        file = tmp_path / "own.lib"
        file.write_text(predictive_text(45))
        result = sweep([PopcountSpec(width=8)], [liberty_target([file])], folder=tmp_path,
                       liberty=[file])  # fmt: skip
        (made_point,) = result.points
        assert made_point.report is not None, made_point.failure
        assert made_point.report.area is not None and made_point.report.area.total_um2 > 0

    def test_cluster_gives_the_same(self, tmp_path: Path) -> None:
        distributed = pytest.importorskip("distributed")
        specs = [PopcountSpec(width=width, style=style)
                 for width in (8, 13) for style in PopcountStyle]  # fmt: skip
        targets = [target("gates"), target("predictive-45")]
        here = sweep(specs, targets, folder=tmp_path / "here")
        with distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster:
            there = sweep(specs, targets, folder=tmp_path / "there",
                          scheduler=cluster.scheduler_address)  # fmt: skip
        assert here.computed == there.computed == 12 and not here.failed
        assert [each.report for each in here.points] == [each.report for each in there.points]
        kept = [{file.name for file in (tmp_path / place / "points").iterdir()}
                for place in ("here", "there")]  # fmt: skip
        assert kept[0] == kept[1]
