"""The command line: what it prints, its exit status, and what it leaves behind."""

import json
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from support.command_line import run

from neuroloom.flows import cli
from neuroloom.flows.commands.groups import GROUP_OF
from neuroloom.flows.macros.catalogue import macro, macros
from neuroloom.flows.macros.parameters import parameters


def test_a_macro_is_found_by_its_name_alone() -> None:
    for name, each in macros().items():
        assert macro(name) == each


def test_list_names_every_macro(capsys: pytest.CaptureFixture[str]) -> None:
    status, text, _ = run(capsys, "list")
    assert status == 0
    assert all(name in text for name in macros())
    status, text, _ = run(capsys, "list", "--json")
    assert [each["name"] for each in json.loads(text)] == list(macros())


@pytest.mark.parametrize("name", list(macros()))
def test_show_tells_parameters_ports_and_contract(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, text, _ = run(capsys, "show", name)
    assert status == 0
    spec = macros()[name].spec()
    assert all(field in text for field in type(spec).model_fields)
    assert "Contract" in text
    status, text, _ = run(capsys, "show", name, "--json")
    assert json.loads(text)["contract"]["latency"] == spec.contract.latency


def test_generate_writes_files_that_stand_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "new" / "folder"
    status, text, _ = run(
        capsys, "generate", "popcount", "width=13", "-o", str(folder), "--name", "ones13", "--json"
    )
    assert status == 0
    names = {
        "ones13.v",
        "ones13_tb.v",
        "ones13_word.hex",
        "ones13_count.hex",
        "ones13_manifest.json",
    }
    assert {file.name for file in folder.iterdir()} == names
    manifest = json.loads((folder / "ones13_manifest.json").read_text())
    assert manifest["spec"]["width"] == 13
    assert manifest["contract"]["latency"] == 0
    assert json.loads(text)["module"] == "ones13"
    # a manifest is a specification, too
    again = tmp_path / "again"
    run(
        capsys,
        "generate",
        "popcount",
        "--spec",
        str(folder / "ones13_manifest.json"),
        "-o",
        str(again),
        "--name",
        "ones13",
    )
    assert (again / "ones13.v").read_text() == (folder / "ones13.v").read_text()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["generate", "popcout"],
            "no macro is called 'popcout'; did you mean 'popcount' or 'xnor_popcount'?",
        ),
        (["show", "event"], "did you mean 'event_dedupe', 'event_fifo' or 'event_merge'?"),
        (["show", "zzzz"], "no macro is called 'zzzz'; `neuroloom list` shows those there are"),
        (["generate", "popcount", "widht=3"], "no field 'widht'; did you mean 'width'?"),
        (["generate", "popcount", "width=0"], "width=0 is wrong: input should be greater"),
        (["generate", "popcount", "width=4097"], "less than or equal to 4096"),
        (["generate", "popcount", "width=many"], "width=many is wrong"),
        (["generate", "popcount", "style=countr"], "did you mean 'counter'?"),
        (["generate", "popcount", "width"], "not of the form field=value"),
        (["generate", "popcount", "--name", "3x"], "cannot name a Verilog module"),
        (["generate", "popcount", "--name", "wire"], "is a Verilog keyword"),
        (["generate", "bnn_layer", "pe=100"], "pe=100 is more than the 64 neurons"),
        (["generate", "bnn_layer", "simd=65"], "simd=65 is more than the 64 inputs"),
        (["generate", "bnn_layer", "parameters=fixed"], "parameters=fixed needs weights"),
        (["generate", "bnn_network", "layers.0.pe=3"], "one must be a multiple of the other"),
        (["generate", "bnn_network", "layers.7.pe=3"], "there is no field 'layers.7'"),
        (["generate", "bnn_network", "layers.0.pee=3"], "did you mean 'pe'?"),
        (["generate", "requantize", "overflow=error"], "choose wrap or saturate"),
        (["synth", "popcount", "--target", "ice40-hx8"], "did you mean 'ice40-hx8k'?"),
        (["synth"], "name a macro from `neuroloom list`, or give --verilog FILE --top NAME"),
        (["synth", "--verilog", "a.v"], "--verilog needs --top"),
        (["synth", "popcount", "--verilog", "a.v", "--top", "a"], "and no macro"),
        (["synth", "--verilog", "absent.v", "--top", "a"], "there is no Verilog file absent.v"),
        (
            ["synth", "popcount", "--liberty", "absent.lib"],
            "cannot read the Liberty file absent.lib",
        ),
        (["synth", "popcount", "--liberty", __file__], "is not a Liberty file: line 1"),
        (["synth", "popcount", "--clock", "0"], "--clock"),
        (["verify", "popcount", "--simulator", "icaruss"], "'icarus'"),
    ],
)
def test_wrong_input_is_one_sentence_and_status_2(
    words: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if words[0] == "generate":
        words = [*words, "-o", str(tmp_path / "out")]
    status, text, error = run(capsys, *words)
    assert status == 2
    assert sentence in " ".join(error.split())
    assert "Traceback" not in error
    assert text == ""
    assert not (tmp_path / "out").exists()


def test_an_unreadable_spec_file_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.toml"
    for content, words in ((b"width = ", "not valid TOML"), (b"\xff\xfe", "not a text file")):
        broken.write_bytes(content)
        status, _, error = run(capsys, "show", "popcount", "--spec", str(broken))
        assert (status, words in error, "broken.toml" in error) == (2, True, True), error
    status, _, error = run(capsys, "show", "popcount", "--spec", str(tmp_path / "none.json"))
    assert (status, "No such file" in error) == (2, True)


def test_an_unwritable_folder_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    status, _, error = run(capsys, "generate", "popcount", "-o", str(blocked / "out"))
    assert status == 2
    assert f"cannot write to {blocked / 'out'}" in error


def test_nothing_is_left_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from neuroloom.flows.generate import generate

    original = Path.write_text

    def full_disk(self: Path, text: str, **options: str) -> int:
        if self.name.endswith("_tb.v"):
            raise OSError("disk full")
        return original(self, text, **options)

    monkeypatch.setattr(Path, "write_text", full_disk)
    with pytest.raises(OSError, match="disk full"):
        generate(macros()["popcount"].spec(), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_missing_simulator_is_status_3_with_the_install_line(
    bare_path: None, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, error = run(capsys, "verify", "popcount", "--simulator", "icarus")
    assert status == 3
    assert "install it with: sudo apt-get install iverilog" in error
    status, _, error = run(capsys, "verify", "popcount", "--simulator", "verilator")
    assert status == 3
    assert "sudo apt-get install g++" in error


def test_without_tools_verify_falls_back_and_says_so(
    bare_path: None, capsys: pytest.CaptureFixture[str]
) -> None:
    status, text, error = run(capsys, "verify", "popcount", "width=5", "--json")
    assert status == 0
    assert json.loads(text)["simulator"] == "amaranth"
    assert "so amaranth.sim is used" in " ".join(error.split())


def test_every_command_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    status, text, _ = run(
        capsys, "verify", "popcount", "width=5", "--simulator", "amaranth", "--seeds", "2", "--json"
    )
    result = json.loads(text)
    assert (status, result["passed"], len(result["runs"])) == (0, True, 2)
    assert all(all(each["report"]["coverage"].values()) for each in result["runs"])


def test_generate_from_the_shell_takes_less_than_two_seconds(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "neuroloom.flows",
        "generate",
        "popcount",
        "width=256",
        "-o",
        str(tmp_path),
    ]
    seconds = []  # of processor time: other work on the machine does not count
    for _ in range(3):
        begin = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, capture_output=True, env=os.environ)
        end = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(end.ru_utime + end.ru_stime - begin.ru_utime - begin.ru_stime)
        if seconds[-1] < 2:
            return
    raise AssertionError(seconds)


def test_targets_say_what_they_need(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PDK_ROOT", str(tmp_path))
    status, text, _ = run(capsys, "targets", "--json")
    assert status == 0
    rows = {row["name"]: row for row in json.loads(text)}
    assert rows["ice40-hx8k"]["available"]
    assert rows["predictive-7"]["available"]
    assert not rows["sky130"]["available"]
    assert rows["sky130"]["missing"].startswith("set PDK_ROOT to the folder that holds sky130A/")
    status, text, error = run(capsys, "synth", "requantize", "--target", "sky130")
    assert status == 3
    assert "target sky130: set PDK_ROOT" in error
    assert text == ""


@pytest.mark.flow
def test_synth_writes_a_report_with_energy(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "report"
    words = ["synth", "requantize", "--target", "predictive-45", "--power", "-o", str(folder)]
    status, text, error = run(capsys, *words)
    assert status == 0
    stages = [re.fullmatch(r" *[\d.]+ s  (.*)", line) for line in error.splitlines()]
    assert [stage and stage[1] for stage in stages] == [
        "requantize",
        "predictive-45: synthesis",
        "predictive-45: gate-level simulation",
    ], error
    assert "fJ/value" in text
    assert "analytic estimate" in text
    report = json.loads((folder / "report.json").read_text())
    (target,) = report["targets"]
    assert target["power"]["operations"] > 100
    assert target["area"]["total_um2"] > 10
    assert "<html" in (folder / "report.html").read_text()
    status, text, _ = run(capsys, *words, "--json")
    told = json.loads(text)
    assert told.pop("provenance")["command"].endswith("--json")
    assert report.pop("provenance")["tools"]["pyosys"]
    files = [Path(file) for file in told.pop("files")]
    assert sorted(files) == sorted(folder.iterdir())
    names = [file.name for file in files]
    assert names[:2] == ["report.html", "report.json"]
    # netlist, constraints, models and a script that runs the testbench on the netlist
    handed_on = {f"requantize_predictive-45{end}" for end in (".nl.v", ".sdc", "_models.v", ".sh")}
    assert handed_on | {"requantize_tb.v"} <= set(names)
    assert told == report


@pytest.mark.parametrize("name", macros())
def test_defaults_are_shown_as_they_are_typed(name: str) -> None:
    for parameter, default, _, meaning, _ in parameters(macros()[name].spec()):
        assert "<" not in default, f"{parameter}: {default}"
        assert len(default) < 500, f"{parameter}: {default}"
        assert meaning


def test_help_shows_every_unit(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Square brackets are no markup: [ns] stands in the help as it was written."""
    monkeypatch.setenv("COLUMNS", "200")
    found = {}
    for name in GROUP_OF:
        units = [
            re.search(r"\[[^\]]+\]$", getattr(each, "help", "") or "")
            for each in cli.loaded(name).params
        ]
        found[name] = [unit[0] for unit in units if unit]
        if found[name]:
            _, text, _ = run(capsys, name, "--help")
            assert all(unit in text for unit in found[name]), name
    assert found["synth"] == ["[ns]", "[bit]"] and "[s]" in found["sweep"]
