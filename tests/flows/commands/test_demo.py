"""The demo: real digits through training, Verilog, simulation, synthesis and the page."""

import html.parser
import json
import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from neuroloom.flows.demo import run_demo, summary_rows
from neuroloom.flows.macros.catalogue import macro
from neuroloom.flows.macros.specification import read_spec
from neuroloom.flows.networks.folding import CYCLES_PER_IMAGE, fold_sizes
from neuroloom.flows.reports.demo_page import render
from neuroloom.flows.reports.demo_result import DemoResult
from neuroloom.flows.reports.page import Key, Table, keys
from neuroloom.flows.simulation.job import BenchOutcome
from neuroloom.flows.simulation.simulators import Choice, SimulatorName
from neuroloom.flows.tools.errors import UsageError, VerificationFailed
from neuroloom.flows.tools.numbers import scaled
from neuroloom.flows.verify import Verification
from neuroloom.golden.spec import Spec
from neuroloom.golden.systems.bnn_network import BnnNetworkSpec

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)


class _Tags(html.parser.HTMLParser):
    """Attributes that may load something, and tags left open."""

    VOID = ("meta", "link", "br", "rect", "path")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.open: list[str] = []
        self.scripts = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [value or "" for name, value in attrs if name in ("src", "href", "srcset")]
        self.scripts += tag == "script"
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag in self.VOID or self.open.pop() == tag


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def result(folder: Path) -> DemoResult:
    return run_demo(folder, epochs=25, targets=("ice40-hx8k",), place_seeds=(1,))


@pytest.mark.flow
class TestDemo:
    def test_every_held_out_image_went_through_the_rtl(self, result: DemoResult) -> None:
        rtl = result.rtl
        assert rtl.images == result.test_images == 360
        assert (rtl.latency, rtl.interval) == (rtl.contract_latency, rtl.contract_interval)
        assert rtl.interval == CYCLES_PER_IMAGE
        assert rtl.tokens == 360 * result.layers[0].folds
        assert rtl.cycles > 359 * CYCLES_PER_IMAGE + rtl.latency

    def test_accuracy(self, result: DemoResult) -> None:
        by_name = {each.name: each for each in result.accuracies}
        assert by_name["RTL"].share >= 0.92
        assert by_name["RTL"].correct == by_name["golden model"].correct
        assert by_name["real-valued reference"].share >= 0.92
        assert result.folding_agrees == 360

    def test_confusion_and_misread_digits_agree_with_the_accuracy(self, result: DemoResult) -> None:
        confusion = np.array(result.confusion)
        assert confusion.sum() == 360
        assert np.trace(confusion) == result.accuracies[-1].correct
        assert result.misread_total == 360 - np.trace(confusion)
        for each in result.misread:
            assert each.true != each.predicted
            assert each.predicted_score >= each.true_score
            assert confusion[each.true, each.predicted]
            assert np.shape(each.pixels) == (8, 8)

    def test_synthesis(self, result: DemoResult) -> None:
        (target,) = result.synthesis.targets
        assert target.timing is not None and target.timing.seeds == 1
        assert 0 < target.resources["LUT4"] < 7680 and 0 < target.resources["BRAM"] <= 32
        assert target.operations_per_second == pytest.approx(
            target.timing.median_mhz * 1e6 / CYCLES_PER_IMAGE
        )

    def test_files_stand_in_the_folder(self, result: DemoResult, folder: Path) -> None:
        assert sorted(file.name for file in folder.iterdir()) == list(result.files)
        loaded = DemoResult.model_validate_json((folder / "result.json").read_text())
        assert loaded == result
        manifest = json.loads((folder / "bnn_network_manifest.json").read_text())
        spec = read_spec(macro("bnn_network"), file=folder / "digits.toml")
        assert isinstance(spec, BnnNetworkSpec)
        assert spec.model_dump(mode="json", exclude_none=True) == manifest["spec"]
        assert spec.contract.interval == result.rtl.contract_interval

    def test_page_stands_alone_and_shows_the_numbers(
        self, result: DemoResult, folder: Path
    ) -> None:
        text = (folder / "report.html").read_text()
        tags = _Tags(text)
        assert tags.loads == ["data:,"] and not tags.scripts and not tags.open
        assert not re.search(r"https?://|@import|url\(", text)
        accuracy = f"{100 * result.accuracies[-1].share:.1f} %"
        assert accuracy in text
        assert "RTL = golden on all 360 images" in text
        assert f"{result.synthesis.targets[0].resources['LUT4']:,}" in text
        assert text.count('aria-label="a ') == len(result.misread)
        assert result.versions["pyosys"] in text

    def test_table_in_the_terminal(self, result: DemoResult) -> None:
        rows = dict(summary_rows(result))
        assert rows["network"].startswith("192-64-64-10")
        assert rows["RTL = golden model"] == f"on all 360 images, in {result.rtl.simulator}"
        assert "MHz" in rows["ice40-hx8k"]

    def test_warnings_of_a_target_are_shown(self, result: DemoResult) -> None:
        (target,) = result.synthesis.targets
        warned = target.model_copy(update={"warnings": ("memory became flip-flops",)})
        synthesis = result.synthesis.model_copy(update={"targets": (warned,)})
        told = result.model_copy(update={"synthesis": synthesis})
        assert ("warning", "ice40-hx8k: memory became flip-flops") in summary_rows(told)
        assert "Warning: ice40-hx8k: memory became flip-flops</p>" in render(told)

    @pytest.mark.skipif(CHROMIUM is None, reason="no chromium to load the page")
    def test_page_in_a_browser(self, result: DemoResult, folder: Path, tmp_path: Path) -> None:
        assert CHROMIUM is not None
        done = subprocess.run(
            [
                CHROMIUM,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                f"--user-data-dir={tmp_path}",
                "--enable-logging=stderr",
                "--dump-dom",
                (folder / "report.html").as_uri(),
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        assert "CONSOLE" not in done.stderr
        assert done.stdout.count("<section") == (folder / "report.html").read_text().count(
            "<section"
        )
        assert f"{result.accuracies[-1].correct} of 360 images" in done.stdout


class TestFailures:
    @pytest.mark.parametrize(
        ("outcome", "message"),
        [
            (
                BenchOutcome(status="failed", message="token 7: expected 3, got 5"),
                "expected 3, got 5",
            ),
            (BenchOutcome(status="passed", report={"operations": 359}), "359 of 360 images"),
        ],
    )
    def test_rtl_that_differs_ends_the_demo_and_leaves_nothing(
        self, outcome: BenchOutcome, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def replay(spec: Spec, *_: object) -> Verification:
            return Verification(spec, Choice(SimulatorName.VERILATOR), 0.0, (outcome,))

        monkeypatch.setattr("neuroloom.flows.demo.replay", replay)
        with pytest.raises(VerificationFailed, match=message):
            run_demo(tmp_path / "out", epochs=1, hidden=(8,))
        assert not (tmp_path / "out").exists()

    def test_unknown_target_before_any_work(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="ice40-hx8k"):
            run_demo(tmp_path / "out", targets=("ice40-hx8",))
        assert not (tmp_path / "out").exists()

    def test_folder_that_is_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "out").write_text("")
        with pytest.raises(UsageError, match="cannot write to"):
            run_demo(tmp_path / "out")


class TestFolding:
    def test_default_network_is_balanced(self) -> None:
        assert fold_sizes((192, 64, 64, 10)) == [(4, 32), (2, 24), (1, 8)]

    @pytest.mark.parametrize("sizes", [(64, 10), (192, 37, 10), (128, 100, 50, 7), (9, 3, 2)])
    def test_neighbours_fit_and_no_layer_is_slow(self, sizes: tuple[int, ...]) -> None:
        foldings = fold_sizes(sizes)
        for (pe, _), (_, simd) in pairwise(foldings):
            assert max(pe, simd) % min(pe, simd) == 0
        for (pe, simd), inputs, neurons in zip(foldings, sizes[:-1], sizes[1:], strict=True):
            assert -(-inputs // simd) * -(-neurons // pe) <= CYCLES_PER_IMAGE


class TestPage:
    def test_text_is_escaped(self) -> None:
        table = Table(("a<b", "n"), (("x & y", "1"), ("sum", "2")), numbers=(1,), totals=1)
        text = table.__html__()
        assert "a&lt;b" in text and "x &amp; y" in text
        assert '<td class="number">1</td>' in text and "<tr class=total>" in text
        assert "&lt;script&gt;" in keys([Key("<script>", "1")])

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            (862_449.0, ("862", "k")),
            (1.478e10, ("14.8", "G")),
            (2.0, ("2.00", "")),
            (1234567.0, ("1.23", "M")),
        ],
    )
    def test_scaled(self, value: float, expected: tuple[str, str]) -> None:
        assert scaled(value) == expected
