"""Every JSON document names version, date, command, seeds and tools; no result depends on them."""

import json
import re
import shlex
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from support.command_line import run
from support.made_reports import gates, synthesis
from support.places import ROOT

from neuroloom.flows.generate import generate
from neuroloom.flows.reports.comparison import read_report
from neuroloom.flows.reports.synth_page import write_synth_page
from neuroloom.flows.sweep.result import SweepResult
from neuroloom.flows.tools.provenance import KEY, document, provenance
from neuroloom.flows.tools.recorded import Recorded
from neuroloom.golden.arith.popcount import PopcountSpec

FLOWS = ROOT / "flows"
MOMENT = "2020-09-13T12:26:40+00:00"


@pytest.fixture
def dated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1600000000")


def check(found: dict[str, Any], command: str, seeds: dict[str, int], *tools: str) -> None:
    record = found[KEY]
    assert record["neuroloom"] == metadata.version("neuroloom")
    assert record["date"] == MOMENT
    assert record["command"] == command
    assert record["seeds"] == seeds
    assert {"amaranth", "numpy", *tools} <= set(record["tools"])
    assert list(found)[-1] == KEY


@pytest.mark.parametrize(
    ("words", "seeds", "tools"),
    [
        ("show popcount --json", {}, ()),
        (
            "verify popcount width=5 --simulator amaranth --seed 3 --json",
            {"seed": 3, "seeds": 1},
            ("verilator", "cocotb"),
        ),
        ("prove arbiter requesters=2 --json", {}, ("pyosys",)),
        ("synth comparator bits=3 --target gates --seeds 2 --json", {"seeds": 2}, ("pyosys",)),
    ],
    ids=lambda value: value.split()[0] if isinstance(value, str) else "",
)
def test_what_commands_print(
    words: str,
    seeds: dict[str, int],
    tools: tuple[str, ...],
    dated: None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, text, error = run(capsys, *words.split())
    assert status == 0, error
    check(json.loads(text), f"neuroloom {words}", seeds, *tools)
    assert provenance()["command"] == "", "a call of the library has no command"


def test_a_manifest(tmp_path: Path, dated: None, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("generate", "popcount", "width=4", "-o", str(tmp_path / "it's"), "--seed", "7")
    status, _, _ = run(capsys, *words)
    assert status == 0
    manifest = json.loads((tmp_path / "it's" / "popcount_manifest.json").read_text())
    told = manifest[KEY]["command"]
    assert shlex.split(told) == ["neuroloom", *words]
    check(manifest, told, {"seed": 7})


def test_files_are_the_same_but_for_the_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = []
    for place, epoch in enumerate(("1600000000", "1600000000", "1700000000", "")):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
        folders.append(tmp_path / str(place))
        generate(PopcountSpec(width=4), folders[-1])
    first, again, later, now = (
        {file.name: file.read_text() for file in folder.iterdir()} for folder in folders
    )
    assert first == again
    manifest = "popcount_manifest.json"
    for other in (later, now):
        texts = [json.loads(each.pop(manifest)) for each in (dict(first), dict(other))]
        assert texts[0].pop(KEY)["date"] != texts[1].pop(KEY)["date"]
        assert texts[0] == texts[1]
        assert {**first, manifest: ""} == {**other, manifest: ""}
    assert re.fullmatch(
        r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", json.loads(now[manifest])[KEY]["date"]
    )


def test_a_result_is_read_without_its_record(tmp_path: Path) -> None:
    made = synthesis(gates(7))
    write_synth_page(made, tmp_path)
    assert json.loads((tmp_path / "report.json").read_text())[KEY]["tools"]["pyosys"]
    assert read_report(tmp_path) == made
    swept = SweepResult(macro="popcount", varying=(), points=(), seconds=0.1)
    assert SweepResult.model_validate_json(document(swept)) == swept


class Alone(Recorded):
    value: int


def test_only_the_record_is_left_out() -> None:
    assert Alone.model_validate({"value": 1, KEY: {"date": "x"}}).value == 1
    assert json.loads(document(Alone(value=2)))["value"] == 2


def test_no_document_is_written_past_the_record() -> None:
    for part in (
        "reports",
        "benchmarks",
        "reproduce",
        "commands",
        "demo.py",
        "generate.py",
        "simulation/bulk/simulate.py",
    ):
        for file in sorted((FLOWS / part).rglob("*.py")) or [FLOWS / part]:
            for line in file.read_text().splitlines():
                past = re.search(r"write_text\(.*(json\.dumps|model_dump_json)", line)
                assert not past or "counts.json" in line, f"{file.name} writes {line.strip()}"
