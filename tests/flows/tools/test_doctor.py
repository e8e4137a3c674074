"""What ``doctor`` says of a machine, and how the help is grouped."""

import json
from pathlib import Path

import pytest
from support.command_line import run

from neuroloom.flows.cells.sources import KITS
from neuroloom.flows.commands.groups import GROUP_OF
from neuroloom.flows.commands.machine import examine


def test_what_is_there_has_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    status, text, error = run(capsys, "doctor", "--json")
    assert (status, error) == (0, "")
    found = {each["name"]: each for each in json.loads(text)}
    assert found["pyosys"]["there"]
    assert found["pyosys"]["found"].startswith("0.")
    assert set(KITS) < set(found)
    assert all(each["costs"] and each["remedy"] for name, each in found.items() if name != "python")
    status, text, _ = run(capsys, "doctor")
    assert status == 0
    assert found["pyosys"]["found"] in text


def test_what_is_not_there_has_its_price_and_remedy(
    bare_path: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PDK_ROOT", str(tmp_path))
    monkeypatch.setenv("NEUROLOOM_CACHE", str(tmp_path / "cache"))
    lacking = {each.name: each for each in examine() if not each.found}
    assert lacking["g++"].remedy == "sudo apt-get install g++"
    assert "no bulk simulation" in lacking["g++"].costs
    assert lacking["iverilog"].remedy == "sudo apt-get install iverilog"
    assert "sky130A/" in lacking["sky130"].remedy
    assert "cache" not in lacking
    status, text, _ = run(capsys, "doctor")
    told = " ".join(text.split())
    assert status == 0
    assert "sudo apt-get install g++" in told
    kit = tmp_path / KITS["sg13g2"].pattern.replace("lib*", "lib")
    kit.parent.mkdir(parents=True)
    kit.write_text("library (x) {}")
    assert {each.name: each.found for each in examine()}["sg13g2"] == str(kit)


def test_the_help_is_grouped_and_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    status, text, _ = run(capsys, "--help")
    assert status == 0
    for name, group in GROUP_OF.items():
        assert f"─ {group} ─" in text.partition(f" {name} ")[0], name
    assert "--install-completion" in text
