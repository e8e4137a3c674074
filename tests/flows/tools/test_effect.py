"""Options that change nothing for what was asked, and specifications that are not to be trusted."""

import csv
import json
from pathlib import Path

import pytest
from support.command_line import run
from support.pages import check_page

from neuroloom.flows.commands.effect import declared
from neuroloom.flows.commands.groups import functions
from neuroloom.flows.networks import convolutional_file
from neuroloom.flows.networks.convolutional import Convolution, ConvolutionalNetwork, Image
from neuroloom.flows.sweep.cautions import of_specs
from neuroloom.flows.tools.errors import UsageError
from neuroloom.golden.arith.popcount import PopcountSpec

GATES = ["popcount", "width=2", "--target", "gates"]
NO_CELLS = "none of the targets is made of standard cells"
NOT_PLACED = "none of the targets is placed and routed"
BY_CLOCK = "with --clock the smallest mapping that meets it is taken"
NO_CHANCE = (
    "nothing is random where --traffic gives the operations and every token is offered and "
    "accepted at once"
)
LISTED = "it counts for --points and --random"
ALONE = "with --points and --random no specification has companions, waves or such counts"
NO_HARDWARE = "no hardware is made without --verilog or --check"
IDLE = [
    (["synth", *GATES], ["--seeds", "3"], NOT_PLACED),
    (["synth", *GATES], ["--aim", "area"], NO_CELLS),
    (["synth", *GATES], ["--clock", "3"], NO_CELLS),
    (["synth", *GATES], ["--memory-bits", "9"], NO_CELLS),
    (["synth", *GATES], ["--dont-use", "*x*"], NO_CELLS),
    (["synth", *GATES], ["--memories", "outside"], NO_CELLS),
    (["synth", *GATES], ["--sram-liberty", "no.lib"], NO_CELLS),
    (["synth", *GATES], ["--sram-aim", "energy"], NO_CELLS),
    (["synth", *GATES], ["--corners"], NO_CELLS),
    (["synth", *GATES, "--target", "predictive-45", "--clock", "3"], ["--aim", "speed"], BY_CLOCK),
    (["synth", *GATES], ["--top", "a"], "there is no --verilog whose top module it names"),
    (
        ["synth", "--verilog", "no.v", "--top", "a"],
        ["--spec", "b"],
        "--verilog has no specification",
    ),
    (["sweep", *GATES], ["--seeds", "3"], NOT_PLACED),
    (["sweep", *GATES], ["--aim", "area"], NO_CELLS),
    (["sweep", *GATES], ["--clock", "3"], NO_CELLS),
    (["sweep", *GATES], ["--memory-bits", "9"], NO_CELLS),
    (
        ["sweep", *GATES, "--scheduler", "no"],
        ["--workers", "2"],
        "with --scheduler as many points at once as its workers take are computed",
    ),
    (
        ["verify", "popcount", "--points", "two.json", "--scheduler", "no"],
        ["--workers", "2"],
        "with --scheduler as many points at once as its workers take are computed",
    ),
    (["verify", "popcount"], ["--scheduler", "no"], LISTED),
    (["verify", "popcount"], ["--memory-limit", "900"], LISTED),
    (["verify", "popcount"], ["--first"], LISTED),
    (["verify", "popcount", "--points", "two.json"], ["--waves", "waves"], ALONE),
    (["verify", "popcount", "--points", "two.json"], ["--only"], ALONE),
    (["verify", "popcount", "--points", "two.json"], ["--code-coverage"], ALONE),
    (["verify", "popcount", "--points", "two.json"], ["--netlist", "no.v"], ALONE),
    (
        ["verify", "popcount", "--random", "2"],
        ["--seeds", "3"],
        "with --random each specification has one seed, its own",
    ),
    (["simulate", "popcount", "--traffic", "no.npz"], ["--seed", "3"], NO_CHANCE),
    (["map", "small.json"], ["--cycles", "60"], NO_HARDWARE),
    (["map", "small.json"], ["--order", "rows"], NO_HARDWARE),
    (
        ["map", "small.json"],
        ["--widest", "2"],
        "no layer computes several pixels a timestep; --parallel asks for them",
    ),
]
ELSEWHERE = [
    ("synth", "--power"),
    ("sweep", "--power"),
    ("import", "--input"),
    ("verify", "--keep"),
]
"""Tried below, where there are graphs, and where lists are verified."""


@pytest.fixture(autouse=True)
def _small_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layers = (Convolution(name="a", channels=4, padding=1),)
    network = ConvolutionalNetwork(
        name="small", image=Image(height=4, width=4, channels=2), layers=layers
    )
    convolutional_file.save(network, tmp_path / "small.json")
    (tmp_path / "two.json").write_text('[{"width": 3}, {"width": 4}]')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("neuroloom.flows.batch.executors.CONNECT_SECONDS", 1)


@pytest.fixture
def no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said is said before the work begins."""

    def stop(*_: object, **__: object) -> None:
        raise UsageError("it begins")

    monkeypatch.setattr("neuroloom.flows.synthesis.synthesize.synthesize", stop)
    monkeypatch.setattr("neuroloom.flows.sweep.run.sweep", stop)
    monkeypatch.setattr("neuroloom.flows.verify.verify", stop)
    monkeypatch.setattr("neuroloom.flows.regression.run.regress", stop)
    monkeypatch.setattr("neuroloom.flows.mapping.imc.study.study", stop)


def warnings(error: str) -> list[str]:
    return [line for line in error.splitlines() if line.startswith("warning: ")]


@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize(("words", "option", "why"), IDLE)
def test_an_option_without_effect_is_told(
    words: list[str], option: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, error = run(capsys, *words, *option)
    assert warnings(error) == [f"warning: {option[0]} does nothing: {why}"]
    assert status == 2
    _, _, error = run(capsys, *words)
    assert warnings(error) == []


def test_every_option_that_needs_something_is_tried_above() -> None:
    tried = {(words[0], option[0]) for words, option, _ in IDLE} | set(ELSEWHERE)
    found = set()
    for name, command in functions():
        for parameter in declared(command):
            option = {"input_levels": "input"}.get(parameter, parameter)
            found.add((name, f"--{option.replace('_', '-')}"))
    assert found == tried


@pytest.mark.usefixtures("no_work")
@pytest.mark.parametrize("command", ["synth", "sweep"])
class TestPower:
    def test_refused_where_no_target_has_it(
        self, command: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        words = [command, "popcount", "--target", "ice40-hx8k", "--target", "gates", "--power"]
        status, text, error = run(capsys, *words)
        assert (status, text) == (2, "")
        assert error == (
            f"neuroloom: --power: {NO_CELLS}; name one with --target, such as predictive-45, or "
            "give --liberty\n"
        )

    def test_named_where_some_have_it(
        self, command: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        _, _, error = run(capsys, command, *GATES, "--target", "predictive-45", "--power")
        assert warnings(error) == [
            "warning: --power does nothing for gates: energy is measured on standard cells only"
        ]


@pytest.mark.flow
def test_json_has_the_warnings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sentence = f"--seeds does nothing: {NOT_PLACED}"
    status, text, _ = run(capsys, "synth", *GATES, "--seeds", "2", "--json", "-o", "out")
    assert (status, json.loads(text)["warnings"]) == (0, [sentence])
    assert f"Warning: {sentence}" in (tmp_path / "out" / "report.html").read_text()
    assert json.loads((tmp_path / "out" / "report.json").read_text())["warnings"] == [sentence]
    _, text, _ = run(capsys, "sweep", *GATES, "--per", "style", "--json", "-o", "swept")
    assert json.loads(text)["warnings"] == ["--per style does nothing: all points have the same"]
    _, text, _ = run(capsys, "map", "small.json", "--cycles", "3", "--json")
    assert json.loads(text)["warnings"] == [f"--cycles does nothing: {NO_HARDWARE}"]


@pytest.mark.flow
def test_a_pattern_that_leaves_no_cell_out(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["synth", *GATES, "--target", "predictive-45", "--dont-use", "*xor2*"]
    _, text, _ = run(capsys, *words, "--dont-use", "sky130_*", "--json")
    assert json.loads(text)["warnings"] == [
        "--dont-use 'sky130_*' leaves nothing out: no cell of the targets has such a name"
    ]


class TestCautions:
    @pytest.fixture(autouse=True)
    def _wide_ones_are_wrong(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def cautions(spec: PopcountSpec) -> tuple[str, ...]:
            return ("3 of its results are wrong",) if spec.width == 2 else ()

        monkeypatch.setattr(PopcountSpec, "cautions", cautions)

    def test_synth(self, capsys: pytest.CaptureFixture[str]) -> None:
        status, text, error = run(capsys, "synth", *GATES, "--json")
        assert status == 0
        assert warnings(error) == ["warning: 3 of its results are wrong"]
        assert json.loads(text)["warnings"] == ["3 of its results are wrong"]

    @pytest.mark.flow
    def test_sweep_marks_and_does_not_recommend(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        words = ["sweep", "popcount", "width=2,3,4", "--target", "gates", "-o", "out"]
        status, text, error = run(capsys, *words)
        assert status == 0
        assert warnings(error) == ["warning: width=2: 3 of its results are wrong"]
        rows = [line.split() for line in text.splitlines()]
        assert ["!", "2", "2"] in rows and ["★", "3"] in [r[:2] for r in rows], text
        assert "! does not compute as wanted: see the warnings" in text
        wrong, best, _ = csv.DictReader((tmp_path / "out" / "sweep.csv").open())
        assert (wrong["front"], wrong["cautions"]) == ("False", "3 of its results are wrong")
        assert (best["front"], best["cautions"]) == ("True", "")
        page = (tmp_path / "out" / "sweep.html").read_text()
        check_page(page)
        assert "3 of its results are wrong" in page
        assert "not as wanted" in page.partition("<svg")[2]
        points = json.loads((tmp_path / "out" / "sweep.json").read_text())["points"]
        assert [each["cautions"] for each in points] == [["3 of its results are wrong"], [], []]

    def test_many_are_counted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(PopcountSpec, "cautions", lambda spec: (f"{spec.width} is wrong",))
        specs = [PopcountSpec(width=width) for width in range(2, 12)]
        told = of_specs(specs)
        assert told[:2] == ["width=2: 2 is wrong", "width=3: 3 is wrong"]
        assert len(told) == 7
        assert told[-1] == "4 more of 10 specifications have such a caution"
        assert of_specs(specs[:1]) == ["2 is wrong"]
